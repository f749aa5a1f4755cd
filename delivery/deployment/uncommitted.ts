import { readStackFile } from "../../offline/stack-file";
import { changedFiles, takeBackTrailer, trailers } from "./history";
import type { DeploymentRecord } from "./record";

/** Keys of a stack's configuration that were deployed before they were committed, with their values; "" for none. */
export type Uncommitted = Readonly<Record<string, string>>;

/** What was deployed by hand and the stack's file of this checkout does not say, a line for each key. */
export function missingFromFile(stack: string, { uncommitted = {} }: Pick<DeploymentRecord, "uncommitted">): string[] {
  const config = readStackFile(stack);
  return linesOf(Object.fromEntries(Object.entries(uncommitted).filter(([key, value]) => (config[key] ?? "") !== value)));
}

/** As a stack's file says it. */
export function linesOf(uncommitted: Uncommitted): string[] {
  return Object.entries(uncommitted).map(([key, value]) => value === "" ? `no ${key}` : `${key}: ${value}`);
}

/** What a person has deployed in an emergency stays until it is committed, or a commit says that it is to go. */
export async function refuseTakingBack(stack: string, before: DeploymentRecord | undefined): Promise<void> {
  const missing = before === undefined ? [] : missingFromFile(stack, before);
  if (missing.length > 0 && !(await trailers(takeBackTrailer, before?.commit)).includes(stack)) {
    throw new Error([
      `${stack} runs what somebody has deployed by hand, and this commit would take it back. Nothing was changed. Merge a commit in `
      + `which Pulumi.${stack}.yaml has`, ...missing].join("\n- ")
      + `\nor, where it is meant to go, end the message of a commit with the line \`${takeBackTrailer}: ${stack}\`: `
      + "docs/operations.md, A change in an emergency");
  }
}

/** What a person deploys again who goes on in the checkout where they have changed the stack's file. */
export async function stillUncommitted(
  stack: string, before: DeploymentRecord | undefined,
): Promise<Uncommitted | undefined> {
  const { uncommitted } = before ?? {};
  return uncommitted !== undefined && (await changedFiles()).includes(`Pulumi.${stack}.yaml`) ? uncommitted : undefined;
}
