import assert from "node:assert/strict";

import { mergePatch } from "../src/merge-patch.ts";

/** RFC 7396, appendix A, in its order. */
const cases: [unknown, unknown, unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [["a", "b"], ["c", "d"], ["c", "d"]],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe("a merge patch", () => {
  for (const [target, patch, result] of cases) {
    it(`of ${JSON.stringify(patch)} makes ${JSON.stringify(target)} into ${JSON.stringify(result)}`, () => {
      const before = structuredClone(target);
      assert.deepEqual(mergePatch(target, patch), result);
      assert.deepEqual(target, before);
    });
  }

  it("takes every name of a member as one, also those that objects of JavaScript have", () => {
    const patch = JSON.parse("{\"__proto__\":{\"a\":1},\"constructor\":1,\"toString\":{\"b\":1},\"plan\":\"x\"}");
    assert.equal(JSON.stringify(mergePatch({}, patch)), JSON.stringify(patch));
  });
});
