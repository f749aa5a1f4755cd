import * as assert from "node:assert/strict";

import { known, knownEntries, maySame, must, mustBeSet } from "../../policy/control";

/** The SDK's own, by which a policy meets what a preview cannot know. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types
const { unknownCheckingProxy, unknownStringValue } = require("@pulumi/policy/proxy") as {
  unknownCheckingProxy<T>(props: T): T;
  unknownStringValue: string;
};

const props = unknownCheckingProxy({
  key: unknownStringValue,
  name: "accounts",
  empty: "",
  groups: [unknownStringValue, "group"],
} as { key: string; name: string; empty: string; groups: string[]; other?: string });

describe("a policy in a preview", () => {
  it("takes a value that is not known yet for what it is told, and any other for itself", () => {
    assert.equal(known(() => props.key), undefined);
    assert.equal(known(() => props.key, "later"), "later");
    assert.equal(known(() => props.name, "later"), "accounts");
  });

  it("does not hide an error of its own", () => {
    assert.throws(() => known(() => JSON.parse("{")), SyntaxError);
  });

  it("knows the entries of a list that it can know", () => {
    assert.deepEqual(knownEntries(() => props.groups), [undefined, "group"]);
    assert.equal(knownEntries(() => [props.key]), undefined);
  });

  it("takes two values for the same while one of them is not known", () => {
    assert.equal(maySame(() => props.key, () => "key"), true);
    assert.equal(maySame(() => "accounts", () => props.name), true);
    assert.equal(maySame(() => "others", () => props.name), false);
  });

  it("takes a value that will be known for set, and an empty one for unset", () => {
    assert.deepEqual(mustBeSet(props, "key", "name"), [undefined, undefined]);
    assert.deepEqual(mustBeSet(props, "empty", "other"), ["empty must be set", "other must be set"]);
  });

  it("leaves it to the SDK to say that it cannot judge", () => {
    assert.throws(() => must({ key: props.key }, "key"), /string value at \.key can't be known during preview/);
  });
});
