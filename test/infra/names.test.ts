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

  const told = { environment: "prod", keepsData: true, owner: "", repository: "" };

  it("put project, stack, environment and tool into the tags, and whether data is kept", async () => {
    const { tagsOf } = await namesOf("pr-123");
    const tags = { Project: "accounts", Stack: "pr-123", Environment: "prod", ManagedBy: "pulumi" };
    assert.deepEqual(tagsOf(told), { ...tags, Data: "kept" });
    assert.deepEqual(tagsOf({ ...told, keepsData: false }), { ...tags, Data: "disposable" });
  });

  it("put owner and repository into the tags where they are said", async () => {
    const { Owner, Repository } = (await namesOf("dev")).tagsOf({ ...told, owner: "accounts team", repository: "git.example.com" });
    assert.deepEqual({ Owner, Repository }, { Owner: "accounts team", Repository: "git.example.com" });
  });

  describe("of log groups", () => {
    /** As IAM reads a pattern: a star is any text, also with slashes. */
    const matches = (pattern: string, name: string) =>
      new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name);
    const groupsOf = (names: typeof namesModule) => [
      names.logGroupName("service"),
      names.databaseLogGroupName(names.databaseIdentifier(12), "upgrade"),
      names.insightsLogGroupName(names.prefix),
      names.webFirewallLogGroupName,
    ];

    it("are those that AWS's services demand", async () => {
      assert.deepEqual(groupsOf(await namesOf("dev")), [
        "/accounts/dev/service",
        "/aws/rds/instance/accounts-dev-12/upgrade",
        "/aws/ecs/containerinsights/accounts-dev/performance",
        "aws-waf-logs-accounts-dev",
      ]);
    });

    it("are each in the patterns of their stack, or they could not use its key", async () => {
      const names = await namesOf("dev");
      const { logGroupPatterns: patterns } = names;
      assert.deepEqual(groupsOf(names).filter((name) => !patterns.some((pattern) => matches(pattern, name))), []);
    });

    it("are in no pattern of a stack whose name only begins like theirs", async () => {
      const { logGroupPatterns: patterns } = await namesOf("dev");
      const others = groupsOf(await namesOf("dev2"));
      assert.deepEqual(others.filter((name) => patterns.some((pattern) => matches(pattern, name))), []);
    });
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
