import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { environments, settingsFor } from "../../environments";
import { dev } from "../../environments/dev";
import { prod } from "../../environments/prod";
import type { StackConfig } from "../../environments/config";
import { changed } from "../plans";
import { plain as config } from "./stack-config";

/** The lines with which the settings are refused. */
function refusal(wrong: Partial<StackConfig>): string[] {
  let lines: string[] = [];
  assert.throws(() => settingsFor({ ...config, ...wrong }), (error) => {
    assert.ok(pulumi.RunError.isInstance(error), "a person reads this, so it comes without a stack trace");
    lines = error.message.split("\n");
    return true;
  });
  return lines;
}

describe("settingsFor", () => {
  it("picks the settings by accounts:environment", () => {
    assert.equal(settingsFor(config), dev);
    assert.equal(settingsFor({ ...config, environment: "prod", domainName: "accounts.example.com", hostedZone: "example.com", alarmEmail: "oncall@example.com" }), prod);
  });

  for (const environment of ["production", "", "constructor"]) {
    it(`stops with one line at the environment "${environment}", which does not exist`, () => {
      assert.deepEqual(refusal({ environment }), [
        `accounts:environment is "${environment}", but must be one of ${Object.keys(environments).join(", ")}: set it with ` +
        "`pulumi config set accounts:environment <name>` or add environments/<name>.ts",
      ]);
    });
  }

  it("stops with a line for each mistake of the stack's own keys", () => {
    assert.deepEqual(refusal({ accountId: "1", alarmEmail: "oncall" }), [
      'accounts:accountId is "1", but must be the 12 digits of an AWS account, in quotes',
      'accounts:alarmEmail is "oncall", but must be a mail address or empty',
    ]);
  });

  it("stops at a mistake in an environment that was not asked for, so that prod's is found on the way through dev", () => {
    environments.prod = changed(prod, { service: { minTasks: 5, maxTasks: 4 } });
    try {
      assert.deepEqual(refusal({}), ["environments/prod.ts: service.maxTasks is 4, but must be at least service.minTasks (5)"]);
    } finally {
      environments.prod = prod;
    }
  });
});
