import { writeFileSync } from "node:fs";

import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { readStackFile } from "../offline/stack-file";
import { checkDelivery } from "./check";
import { dutyOf, subjectOf } from "./deployment/deployment-operations";
import { keepsData } from "./deployment/kept-data";
import { presentImage, publishedDigest, refuseUnpromoted } from "./image/deployment-image";
import { imageUri } from "./image/uri";
import { runPulumi } from "./pulumi/run";
import { runScript } from "./run-script";
import { targetOfStack } from "./target";

/** What Pulumi Deployments tell a run of itself, and what `deployments/runner.ts` adds. */
export interface Run {
  readonly organization: string;
  readonly stack: string;
  readonly operation: string;
  readonly number: string;
  /** Proves to AWS which stack and which operation this is; nothing in the repository can change that. */
  readonly token: string;
  readonly credentialsFile: string;
}

const variables: Readonly<Record<keyof Run, string>> = {
  organization: "PULUMI_CI_ORGANIZATION",
  stack: "PULUMI_CI_STACK",
  operation: "PULUMI_CI_OPERATION",
  number: "PULUMI_CI_BUILD_NUMBER",
  token: "PULUMI_OIDC_TOKEN",
  credentialsFile: "AWS_SHARED_CREDENTIALS_FILE",
};

export function readRun(env: NodeJS.ProcessEnv): Run {
  const missing = Object.values(variables).filter((variable) => !env[variable]);
  if (missing.length > 0) {
    throw new Error(`${missing.join(", ")} must be set, but is not: this is for the runners of Pulumi Deployments, `
      + "as deployments/ sets them up");
  }
  const fields = Object.entries(variables).map(([field, variable]) => [field, env[variable]]);
  return Object.fromEntries(fields) as unknown as Run;
}

/** Credentials for the operation and no other, and the image it is about. */
export async function prepareDeployment(run: Run): Promise<void> {
  const credentials = await credentialsFor(run);
  writeFileSync(run.credentialsFile, profileOf(credentials), { mode: 0o600 });
  // AWS's SDK has looked at that file already, when it was not there.
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  process.env.AWS_SESSION_TOKEN = credentials.sessionToken;
  const image = await imageOf(run);
  const args = ["config", "set", "accounts:image", image, "--stack", referenceOf(run)];
  const { code, stderr } = await runPulumi(args, { output: "capture" });
  if (code !== 0) {
    throw new Error(`pulumi ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
  }
  process.stdout.write(`${run.operation} of ${run.stack} with ${image}\n`);
}

/** An image that the stack's file names stays until somebody takes it out there. */
async function imageOf(run: Run): Promise<string> {
  const pinned = readStackFile(run.stack)["accounts:image"];
  if (pinned) {
    return pinned;
  }
  if (run.operation !== "update") {
    return presentImage(referenceOf(run));
  }
  const digest = await publishedDigest();
  if (keepsData(run.stack)) {
    await refuseUnpromoted(run.stack, digest);
  }
  return imageUri(digest);
}

/** As Pulumi Cloud knows it, whoever's token is used. */
function referenceOf({ organization, stack }: Run): string {
  return `${organization}/accounts/${stack}`;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** For as long as the operation may take: credentials that end before it does leave it half done. */
async function credentialsFor({ organization, stack, operation, number, token }: Run): Promise<Credentials> {
  const { role, region, "session-seconds": seconds } = targetOfStack(stack, dutyOf(operation));
  try {
    const { Credentials: given } = await new STSClient({ region }).send(new AssumeRoleWithWebIdentityCommand({
      RoleArn: role,
      RoleSessionName: `pulumi-${operation}-${number}`,
      WebIdentityToken: token,
      DurationSeconds: Number(seconds),
    }));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
      throw new Error("it answered without credentials");
    }
    return { accessKeyId, secretAccessKey, sessionToken };
  } catch (error) {
    throw new Error(`AWS refuses ${role} to this run: ${(error as Error).message}. bootstrap/ lets the role trust `
      + `"${subjectOf(organization, stack, operation)}"`, { cause: error });
  }
}

/** The format that AWS's SDKs, its command line and Pulumi's provider all read. */
function profileOf({ accessKeyId, secretAccessKey, sessionToken }: Credentials): string {
  return [
    "[default]",
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
    "",
  ].join("\n");
}

if (require.main === module) {
  runScript(async () => {
    checkDelivery();
    await prepareDeployment(readRun(process.env));
  });
}
