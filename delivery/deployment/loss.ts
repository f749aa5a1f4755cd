import type { Change } from "../report/changes";
import { subjectOf } from "../report/comments";
import { statefulTypes } from "../report/stateful";

/**
 * What an update would lose for ever, and no commit has said that it may: one line each. Who approves a deployment has
 * seen a preview, and the update may come to do something else than that showed.
 */
export function lossesOf(stack: string, changes: readonly Change[], allowed: readonly string[]): string[] {
  if (!subjectOf(stack).keepsData) {
    return [];
  }
  return changes
    .filter(({ type, operation }) => statefulTypes[type] !== undefined && ["replace", "delete"].includes(operation))
    .filter(({ name }) => !allowed.includes(name))
    .map(({ type, name, operation }) =>
      `${type} ${name} would be ${operation === "replace" ? "replaced by an empty one" : "deleted"}: lost would be ${statefulTypes[type]}`);
}
