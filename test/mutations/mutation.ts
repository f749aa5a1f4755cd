import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One wrong change: a text of the file, what stands in its place, and what would go wrong in AWS. The text has to be
 * there once; where it is there more often, `occurrence` says which of them is meant, counted from 1.
 */
export type Change = readonly [from: string, to: string, then: string, occurrence?: number];

/** Wrong changes by the file that they are made in. */
export type Changes = Readonly<Record<string, readonly Change[]>>;

export interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly then: string;
  readonly occurrence: number | undefined;
}

export function mutationsIn(changes: Changes): Mutation[] {
  return Object.entries(changes).flatMap(([file, list]) =>
    list.map(([from, to, then, occurrence]) => ({ file, from, to, then, occurrence })));
}

/** Makes the change in a copy of the project. Returns what undoes it. */
export function apply(mutation: Mutation, folder: string): () => void {
  const path = join(folder, mutation.file);
  const before = readFileSync(path, "utf8");
  writeFileSync(path, mutated(mutation, before));
  return () => writeFileSync(path, before);
}

/** The file with the change in it. An error says how to mend a mutation that the code has outgrown. */
export function mutated(mutation: Mutation, text: string): string {
  const { file, from, to, occurrence } = mutation;
  const pieces = text.split(from);
  const count = pieces.length - 1;
  const wanted = occurrence ?? 1;
  if (from === to || count < wanted || (occurrence === undefined && count !== 1)) {
    const found = from === to ? "changes nothing" : `is there ${count} times, and ${
      occurrence === undefined ? "has to be there once" : `number ${occurrence} of them is meant`}`;
    throw new Error(`a mutation of ${file} ${found}: ${JSON.stringify(from)} (${mutation.then}). ` +
      "In test/mutations/lists/, give it the text as the file has it now, or take it out if the mistake can no longer be made");
  }
  return pieces.slice(0, wanted).join(from) + to + pieces.slice(wanted).join(from);
}

/** As a person finds it: the file, and what would happen. */
export function titleOf({ file, then }: Mutation): string {
  return `${file}: ${then}`;
}
