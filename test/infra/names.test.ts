import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import type * as namesModule from "../../infra/names";

/** `names.ts` as a stack of that name loads it. */
async function namesOf(stack: string): Promise<typeof namesModule> {
  const none = () => {
    throw new Error("names ask nobody");
  };
  await pulumi.runtime.setMocks({ newResource: none, call: none }, "accounts", stack);
  delete require.cache[require.resolve("../../infra/names")];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the stack's name is read on load
  return require("../../infra/names") as typeof namesModule;
}

describe("names", () => {
  it("begin with project and stack, so that stacks share none", async () => {
    const names = await namesOf("pr-123");
    assert.deepEqual({
      prefix: names.prefix,
      logGroup: names.logGroupName("service"),
      parameter: names.parameterName("service", "log-level", "3f2a91bc"),
      secret: names.secretName("service", "api-keys"),
      database: names.databaseIdentifier(2),
    }, {
      prefix: "accounts-pr-123",
      logGroup: "/accounts/pr-123/service",
      parameter: "/accounts/pr-123/service/log-level/3f2a91bc",
      secret: "accounts/pr-123/service/api-keys",
      database: "accounts-pr-123-2",
    });
  });

  it("put project, stack and tool into the tags", async () => {
    assert.deepEqual((await namesOf("dev")).tags, { Project: "accounts", Stack: "dev", ManagedBy: "pulumi" });
  });

  it("carry eight hex digits of a value's SHA-256, which anybody can check with sha256sum", async () => {
    const expected = createHash("sha256").update("debug").digest("hex").slice(0, 8);
    assert.equal((await namesOf("dev")).shortHash("debug"), expected);
  });

  for (const stack of ["dev", "pr-123", "a", "a".repeat(30)]) {
    it(`take the stack name ${stack}`, async () => {
      await assert.doesNotReject(namesOf(stack));
    });
  }

  for (const stack of ["Dev", "dev_1", "1dev", "dev-", "pr--1", "a".repeat(31)]) {
    it(`refuse the stack name ${stack} in one line, because AWS would refuse what is made of it`, async () => {
      await assert.rejects(namesOf(stack), (error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.message,
          `the stack is called "${stack}", but AWS's names allow lower-case letters, digits and single dashes, 30 at most: ` +
          "choose another name with `pulumi stack init`");
        return true;
      });
    });
  }
});
