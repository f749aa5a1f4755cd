import { strict as assert } from "node:assert";

/** Asserts that the journal has both entries, and the first one earlier. An entry may be given by a part of it. */
export function assertOrder(journal: readonly string[], first: string, then: string): void {
  const [before, after] = [first, then].map((part) => journal.findIndex((entry) => entry.includes(part)));
  const shown = journal.join("\n");
  assert.notEqual(before, -1, `"${first}" is missing in:\n${shown}`);
  assert.notEqual(after, -1, `"${then}" is missing in:\n${shown}`);
  assert.ok(before! < after!, `"${first}" must come before "${then}" in:\n${shown}`);
}

/** Asserts that no entry has this part. */
export function assertNever(journal: readonly string[], part: string): void {
  assert.deepEqual(journal.filter((entry) => entry.includes(part)), []);
}
