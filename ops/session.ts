import { placeOf } from "../delivery/target";
import { refuseOtherAccount } from "../infra/own-account";
import { readStackFile } from "../offline/stack-file";
import { rehearsing } from "./aws";
import { namesOf, type Names } from "./names";

/** One stack, and the way to it. */
export interface Session {
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  /** A name of `environments/`. */
  readonly environment: string;
  readonly names: Names;
  /** Nothing is changed then, only told. */
  readonly dryRun: boolean;
  readonly say: (line: string) => void;
  /** One of the SDK's clients, for the stack's region. */
  client<C>(kind: new (settings: { region: string }) => C): C;
}

/** Refuses credentials of another account before anything else is asked of AWS. */
export async function openSession(stack: string, dryRun: boolean): Promise<Session> {
  const { region, accountId } = placeOf(stack);
  const { "accounts:environment": environment = "" } = readStackFile(stack);
  const say = (line: string): void => console.log(line);
  if (dryRun) {
    say("asks STS.GetCallerIdentity {}");
  }
  await refuseOtherAccount({ region, accountId });
  return {
    stack, region, accountId, environment, dryRun, say,
    names: namesOf(stack),
    client: (kind) => dryRun ? rehearsing(new kind({ region }), say) : new kind({ region }),
  };
}
