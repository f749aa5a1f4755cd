import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { delivery } from "../../delivery/settings";
import { stackReference, targetOf, targetOfImage, targetOfStack } from "../../delivery/target";
import { projectFolder } from "../../offline/stack-file";

const run = promisify(execFile);

/** Without what a job of the project's own tells of its repository. */
const outside = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GITHUB_")));
const target = (...args: string[]) => run("npm", ["run", "--silent", "target", "--", ...args], { cwd: projectFolder, env: outside });

describe("npm run target", () => {
  it("tells a job the role and the state of its stack, as lines for $GITHUB_OUTPUT", async () => {
    const { stdout } = await target("stack", "prod", "deploy");

    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "role=arn:aws:iam::123456789012:role/pipeline-accounts-deploy-prod",
      "region=eu-west-1",
      "session-seconds=21600",
      "backend-url=s3://pipeline-accounts-state-123456789012-eu-west-1?region=eu-west-1&awssdk=v2",
      "organization=",
    ]);
  });

  it("gives a preview the role that only reads, for an hour", () => {
    const { role, "session-seconds": seconds } = targetOfStack("dev", "preview");

    assert.equal(role, "arn:aws:iam::123456789012:role/pipeline-accounts-preview-dev");
    assert.equal(seconds, "3600");
  });

  it("tells who builds the image where it is pushed, and no stack's role", () => {
    assert.deepEqual(targetOfImage(), {
      role: "arn:aws:iam::123456789012:role/pipeline-accounts-build",
      region: "eu-west-1",
      registry: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    });
  });

  it("names no stack in a clone that nobody has set up, and says so", async () => {
    const { stdout, stderr } = await target("stacks", "github");

    assert.equal(stdout, "ready=false\nstacks=[]\n");
    assert.match(stderr, /^::notice::nothing is deployed from here yet: docs\/delivery\.md/);
  });

  it("refuses what it does not know, with what it does", async () => {
    for (const words of [[], ["stack", "prod"], ["stack", "prod", "destroy"], ["stacks", "somebody"], ["image", "prod"]]) {
      assert.throws(() => targetOf(words), /^Error: usage: npm run --silent target -- stack <stack> preview\|deploy/);
    }
    await assert.rejects(target("stack", "staging", "deploy"), /there is no Pulumi\.staging\.yaml: the committed stacks are dev, prod/);
  });
});

describe("the name of a stack for Pulumi", () => {
  it("is its short one in a bucket, and its full one in Pulumi Cloud, where an organization has no default", () => {
    assert.equal(stackReference("dev"), "dev");
    assert.equal(stackReference("dev", { ...delivery, backend: { kind: "pulumi-cloud", organization: "octo-org" } }), "octo-org/accounts/dev");
  });
});
