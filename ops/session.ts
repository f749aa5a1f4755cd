import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import { refuseOtherAccount } from "../infra/own-account";
import { readStackFile } from "../offline/stack-file";
import { awsIn, type Aws } from "./aws";
import { namesOf, type Names } from "./names";

/** One stack, and the way to it. */
export interface Session {
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  /** A name of `environments/`. */
  readonly environment: string;
  readonly settings: Settings;
  readonly names: Names;
  readonly aws: Aws;
  /** Nothing is changed then, only told. */
  readonly dryRun: boolean;
  readonly say: (line: string) => void;
}

/** Refuses credentials of another account before anything else is asked of AWS. */
export async function openSession(stack: string, dryRun: boolean): Promise<Session> {
  const config = readStackFile(stack);
  const { "aws:region": region = "", "accounts:accountId": accountId = "", "accounts:environment": environment = "" } = config;
  const settings = (environments as Record<string, Settings>)[environment];
  if (settings === undefined) {
    const known = Object.keys(environments).join(", ");
    throw new Error(`accounts:environment of ${stack} is "${environment}", but must be one of ${known}`);
  }
  const say = (line: string): void => console.log(line);
  if (dryRun) {
    say("asks STS.GetCallerIdentity {}");
  }
  await refuseOtherAccount({ region, accountId });
  return {
    stack, region, accountId, environment, settings, dryRun, say,
    names: namesOf(stack),
    aws: awsIn(region, dryRun ? say : undefined),
  };
}
