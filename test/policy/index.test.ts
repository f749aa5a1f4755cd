import * as assert from "node:assert/strict";

import type { PolicyPackArgs } from "@pulumi/policy";

import { policies } from "../../policy/pack";
import { load } from "../loaded";

/** What the pack gives to Pulumi, which the SDK would do by a server of its own. */
function given(): [name: string, args: PolicyPackArgs][] {
  const packs: [string, PolicyPackArgs][] = [];
  class PolicyPack {
    constructor(name: string, args: PolicyPackArgs) {
      packs.push([name, args]);
    }
  }
  const index = require.resolve("../../policy/index");
  const forget = load(require.resolve("@pulumi/policy"), () => ({ PolicyPack }));
  try {
    delete require.cache[index];
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only what is required can be run again
    require(index);
    return packs;
  } finally {
    forget();
  }
}

describe("the pack of policies", () => {
  it("gives Pulumi every policy there is", () => {
    const packs = given();

    assert.equal(packs.length, 1);
    const [[name, args] = []] = packs;
    assert.equal(name, "accounts");
    assert.deepEqual(args?.policies.map((policy) => policy.name), policies().map((policy) => policy.name));
  });
});
