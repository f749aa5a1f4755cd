import type { RunDetails } from "fast-check";

import type { Operation } from "./api.ts";
import type { Case, Kind } from "./case.ts";

export interface Summary {
  readonly requests: number;
  readonly kinds: ReadonlyMap<Kind, number>;
  /** How often each operation answered with each status, as in "GET /v1/users 200". */
  readonly seen: ReadonlyMap<string, number>;
  readonly operations: readonly Operation[];
  readonly failure: string | undefined;
}

/** These need another configuration, many requests of one client, or a user with as many documents as there may be. */
const unreachable = / 429$|^PUT .+ 409$/;

/** Documented answers below 500 that no request got: what the fuzz did not try, it did not test. */
export function missedAnswers({ operations, seen }: Summary): string[] {
  return operations.flatMap(({ name, responses }) => Object.keys(responses)
    .filter((status) => Number(status) < 500)
    .map((status) => `${name} ${status}`)
    .filter((answer) => !seen.has(answer) && !unreachable.test(answer)));
}

/** A line for each operation, a column for each status. */
export function tableOf({ requests, kinds, operations, seen }: Summary): string {
  const statuses = [...new Set([...seen.keys()].map((answer) => answer.slice(-3)))].sort();
  const names = [...operations.map(({ name }) => name), "other"];
  const width = Math.max(...names.map(({ length }) => length));
  const rows = [["", ...statuses], ...names.map((name) =>
    [name, ...statuses.map((status) => String(seen.get(`${name} ${status}`) ?? "."))])];
  const lines = rows.map(([name = "", ...cells]) => [name.padEnd(width), ...cells.map((cell) => cell.padStart(6))].join(""));
  const shares = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
  return [...lines, "", `${requests} requests: ${shares}`].join("\n");
}

/** The smallest batch that still fails, as what went over the wire to a service with the rows of the fixture. */
export function describeFailure(details: RunDetails<[readonly (Case | null)[]]>): string {
  const cases = (details.counterexample?.[0] ?? []).filter((one) => one !== null);
  const reason = details.errorInstance instanceof Error ? details.errorInstance.message : "it did not come to an end";
  const requests = cases.map(({ kind, changes, wire, repeated }) => [
    `${kind} request${repeated ? ", sent twice" : ""}: ${changes.join("; ") || "as documented"}`,
    ...wire.parts.map((part) => `  printf '${escaped(part)}'`),
  ].join("\n"));
  return [reason, `found with seed ${details.seed} after ${details.numRuns} batches, ${details.numShrinks} steps smaller:`, ...requests]
    .join("\n");
}

/** For `printf` of a shell, to pipe into `nc`. */
function escaped(bytes: Buffer): string {
  return bytes.toString("latin1")
    .replaceAll(/[^ !#-$&-[\]-~]/g, (character) => ({ "\r": "\\r", "\n": "\\n" })[character]
      ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
