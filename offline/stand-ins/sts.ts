import * as crypto from "node:crypto";
import * as http from "node:http";
import { text } from "node:stream/consumers";

import { AwsError, callerOf } from "./aws-json";
import { close, listen } from "./local-server";

/** Who AWS says the caller is. */
export interface StsArgs {
  readonly accountId: string;
  readonly arn: string;
  readonly port?: number;
}

/** A running Security Token Service. */
export interface Sts {
  /** For AWS_ENDPOINT_URL_STS. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a Security Token Service that knows GetCallerIdentity. */
export async function startSts(args: StsArgs): Promise<Sts> {
  const server = http.createServer((request, response) => void answer(args, request, response));
  const port = await listen(server, args.port);
  return { url: `http://127.0.0.1:${port}`, stop: () => close(server) };
}

async function answer(args: StsArgs, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  try {
    const action = new URLSearchParams(await text(request)).get("Action");
    const caller = callerOf(request);
    if (action !== "GetCallerIdentity") {
      throw new AwsError("InvalidAction", `the stand-in has no action ${action}`);
    }
    send(response, 200, element("GetCallerIdentityResponse", element("GetCallerIdentityResult", [
      element("Arn", escape(args.arn)),
      element("UserId", escape(caller)),
      element("Account", escape(args.accountId)),
    ].join("")) + element("ResponseMetadata", element("RequestId", crypto.randomUUID()))));
  } catch (error) {
    const { name, message, statusCode = 500 } = error as AwsError;
    send(response, statusCode, element("ErrorResponse", element("Error", [
      element("Type", "Sender"), element("Code", escape(name)), element("Message", escape(message)),
    ].join("")) + element("RequestId", crypto.randomUUID())));
  }
}

function send(response: http.ServerResponse, statusCode: number, body: string): void {
  response.writeHead(statusCode, { "Content-Type": "text/xml" });
  response.end(body);
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escape(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
