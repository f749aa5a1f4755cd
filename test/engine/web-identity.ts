import * as http from "node:http";
import { text } from "node:stream/consumers";

import { close, listen } from "../../offline/stand-ins/local-server";

/** What a run of Pulumi Deployments asks the Security Token Service for. */
export type AssumeRole = Readonly<Record<string, string>>;

export interface WebIdentities {
  /** For AWS_ENDPOINT_URL_STS. */
  readonly url: string;
  readonly asked: readonly AssumeRole[];
  stop(): Promise<void>;
}

/** AssumeRoleWithWebIdentity alone: a role trusts a token where the table says so, and its keys are named after it. */
export async function startWebIdentities(trusts: Readonly<Record<string, string>>): Promise<WebIdentities> {
  const asked: AssumeRole[] = [];
  const server = http.createServer((request, response) => void text(request).then((body) => {
    const input = Object.fromEntries(new URLSearchParams(body));
    asked.push(input);
    const role = input["RoleArn"]?.split("/").at(-1) ?? "";
    const trusted = input["WebIdentityToken"] !== undefined && trusts[role] === input["WebIdentityToken"];
    response.writeHead(trusted ? 200 : 403, { "Content-Type": "text/xml" });
    response.end(trusted
      ? `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
          <AccessKeyId>KEY-${role}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
          <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
      : `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
          <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>`);
  }));
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => close(server) };
}
