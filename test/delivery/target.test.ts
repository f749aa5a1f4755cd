import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { delivery } from "../../delivery/settings";
import { placeOf, stackReference, targetOf, targetOfImage, targetOfStack } from "../../delivery/target";
import { committedStacks } from "../../offline/stack-file";
import { exampleDelivery } from "../example/delivery";
import { ExampleProject } from "../example/project";

const run = promisify(execFile);

/** Without what a job of the project's own tells of its repository. */
const outside = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GITHUB_")));

describe("npm run target", () => {
  let project: ExampleProject;

  before(() => {
    project = new ExampleProject();
  });

  after(() => project.remove());

  const target = (...args: string[]) => run("npm", ["run", "--silent", "target", "--", ...args], { cwd: project.folder, env: outside });

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

    assert.equal(role, `arn:aws:iam::${placeOf("dev").accountId}:role/pipeline-accounts-preview-dev`);
    assert.equal(seconds, "3600");
  });

  it("tells who builds the image where it is pushed, and no stack's role", () => {
    const { accountId, region } = placeOf(delivery.imagesOf);
    assert.deepEqual(targetOfImage(), {
      role: `arn:aws:iam::${accountId}:role/pipeline-accounts-build`,
      region,
      registry: `${accountId}.dkr.ecr.${region}.amazonaws.com`,
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
    await assert.rejects(target("stack", "nowhere", "deploy"), new RegExp(`there is no Pulumi\\.nowhere\\.yaml: the committed stacks are ${committedStacks().join(", ")}`));
  });
});

describe("the name of a stack for Pulumi", () => {
  it("is its short one in a bucket, and its full one in Pulumi Cloud, where an organization has no default", () => {
    const example = exampleDelivery(["dev"]);
    assert.equal(stackReference("dev", example), "dev");
    assert.equal(stackReference("dev", { ...example, backend: { kind: "pulumi-cloud", organization: "octo-org" } }), "octo-org/accounts/dev");
  });
});
