import { createHash } from "node:crypto";

import type { Change } from "../report/changes";
import type { DeploymentRecord } from "./record";

/** In the place of a fingerprint where nobody is asked for an approval. */
export const anything = "anything";

/**
 * Stands for what a preview shows to whoever approves it: which resources change, in which way and in which of their
 * properties. Values are left out: they follow from the commit and the image, which an approval is bound to already,
 * and some of them AWS alone gives.
 */
export function fingerprintOf(changes: readonly Change[]): string {
  const lines = changes.map(({ urn, operation, properties, replacedBecause }) =>
    [operation, urn, properties.map(({ path }) => path).toSorted(), replacedBecause.toSorted()]);
  return createHash("sha256").update(JSON.stringify(lines.map((line) => JSON.stringify(line)).toSorted())).digest("hex").slice(0, 16);
}

/**
 * Throws where other things would change than were approved: between the preview and the approval, which can be days,
 * somebody has changed the stack past the pipeline. An update that was approved and broke off may go on with the rest,
 * and one that changes nothing any more is none.
 */
export function refuseUnapproved(
  stack: string, approved: string, changes: readonly Change[], before: DeploymentRecord | undefined,
): void {
  const goesOn = before !== undefined && before.result !== "deployed" && before.run === process.env.GITHUB_RUN_ID;
  if (approved === anything || goesOn || changes.length === 0 || approved === fingerprintOf(changes)) {
    return;
  }
  throw new Error([
    `${stack} has changed since its update was approved: what would change now is something else. Nothing was changed. It is now`,
    ...changes.map(({ operation, type, name }) => `${operation} ${type} ${name}`),
  ].join("\n- ") + "\nTo be asked again with what holds now, run all jobs of this run again, or start the workflow `deploy` by hand");
}
