import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describeFailure } from "../../delivery/pulumi/update-failure";
import { projectFolder } from "../../offline/stack-file";

const service = "aws:ecs/service:Service service";

const nothing = { code: 255, errors: [], violations: [], stderr: "", isPreview: false };

/** What a person reads when the engine has said this. */
const told = (text: string, resource = "") => describeFailure("prod", { ...nothing, errors: [{ resource, text }] });

describe("what a person reads of a failed update", () => {
  it("is that a deployment was taken back, with what says why", () => {
    const text = told("the service accounts-prod-service runs x:1, but this program asked for x:2.\nECS says why: aws ecs describe-services", service);

    assert.match(text, /^## prod: The deployment was taken back\n\nECS went back to the version before/);
    assert.match(text,
      /`aws:ecs\/service:Service service`\n\n```\nthe service .+\nECS says why: aws ecs describe-services\n```/);
    assert.match(told("waiting for ECS Service: deployment failed: tasks failed to start (ROLLBACK_SUCCESSFUL)"), /## prod: The deployment was taken back/);
  });

  it("is the lock, from what the CLI says before there is an engine, and how it is taken away", () => {
    const text = describeFailure("prod", {
      ...nothing, stderr: "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or",
    });

    assert.match(text, /^## prod: The stack is locked\n/);
    assert.match(text, /run the workflow `deploy` by hand with `unlock` set to prod/);
  });

  it("is that there is no such stack, by Pulumi's exit code", () => {
    assert.match(describeFailure("prod", { ...nothing, code: 6, stderr: "error: no stack named 'prod' found" }), /^## prod: There is no such stack\n/);
  });

  it("is which policy forbids it, whatever else is said", () => {
    const violations = [{ resource: "aws:rds/instance:Instance database-1", text: "RDS.3: storageEncrypted must be true" }];
    const errors = [{ resource: "", text: "AccessDenied" }];
    const text = describeFailure("prod", { ...nothing, errors, violations, stderr: "error: preview failed" });

    assert.match(text, /^## prod: Policies forbid this\n\nWhat they name was not touched\./);
    assert.match(text, /\n`aws:rds\/instance:Instance database-1`\n\n```\nRDS\.3: storageEncrypted must be true\n/);
    assert.doesNotMatch(text, /AccessDenied/);
  });

  it("is what AWS refuses", () => {
    assert.match(told("operation error IAM: CreateRole, AccessDenied: User is not authorized to perform: iam:CreateRole"), /^## prod: AWS refused\n/);
  });

  it("is what was said where none of these is the matter", () => {
    assert.match(told("a quota of the account is reached"), /^## prod: the update failed\n[^]+```\na quota of the account is reached\n```/);
  });

  it("is of a preview that nothing was changed, and of an update what was", () => {
    for (const text of ["a quota of the account is reached", "AccessDenied"]) {
      const errors = [{ resource: "", text }];
      const [preview, update] = [true, false].map((isPreview) => describeFailure("prod", { ...nothing, errors, isPreview }));

      assert.match(preview!, /Nothing was changed\. /);
      assert.match(update!, /What came before the failure is done, and in Pulumi's state\. /);
      assert.doesNotMatch(preview!, /is done/);
    }
    assert.match(describeFailure("prod", { ...nothing, isPreview: true }), /^## prod: the preview failed\n/);
  });

  it("names chapters that are there", () => {
    const sources = ["up.ts", "pulumi/update-failure.ts"].map((file) => readFileSync(join(projectFolder, "delivery", file), "utf8")).join("\n");
    const named = [...sources.matchAll(/(docs\/\w+\.md), ([A-Z][\w -]+)\./g)];
    assert.ok(named.length >= 5);
    for (const [, page = "", chapter = ""] of named) {
      const headings = readFileSync(join(projectFolder, page), "utf8").split("\n").map((line) => line.replace(/^#+ /, ""));
      assert.ok(headings.includes(chapter), `${page} has no chapter "${chapter}"`);
    }
  });

  it("says the same thing once", () => {
    const twice = [{ resource: service, text: "it broke" }, { resource: service, text: "it broke" }];
    assert.equal(describeFailure("prod", { ...nothing, errors: twice }).match(/it broke/g)?.length, 1);
  });

  it("shows what was said as it was, whatever Markdown or name is in it", () => {
    const text = told("```\n@octocat <img src=x>\n````\n# heading");

    assert.match(text, /\n`````\n```\n@octocat <img src=x>\n````\n# heading\n`````\n/);
  });
});
