import assert from "node:assert/strict";

import fc from "fast-check";

import { repeatsKey } from "../src/json-limits.ts";

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

describe("a repeated key", () => {
  it("is found in no JSON that has none, however it is written", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      return !repeatsKey(json, JSON.parse(json));
    }));
  });

  it("is found in every object that has one, wherever it is", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), fc.boolean(), (value, key, escaped) => {
      const name = JSON.stringify(key);
      const other = escaped ? `"${key.replaceAll(/[^]/g, escapeUnit)}"` : name;
      const json = `[${JSON.stringify(value)}, {${name}: ${JSON.stringify(value)}, ${other}: 1}]`;
      return repeatsKey(json, JSON.parse(json));
    }));
  });

  it("is found among names that objects of JavaScript have", () => {
    assert.ok(repeatsKey("{\"toString\":1,\"toString\":2}", { toString: 2 }));
  });
});
