import * as assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { projectFolder } from "../../offline/stack-file";
import { runHosted, toldTheUser } from "../engine/node-host";
import { copyProject } from "../project-copy";

// Pulumi loads the program in another way than all other tests: through ts-node, under the options of Pulumi.yaml.
describe("deployments/, started as Pulumi starts it", function () {
  this.timeout("90s");
  const stack = "pulumi:pulumi:Stack";
  let project: ReturnType<typeof copyProject>;

  const start = (folder: string) => {
    const file = readFileSync(join(folder, "deployments", "Pulumi.yaml"), "utf8");
    const { name, runtime: { options: { tsconfig } } } = parse(file) as ProjectFile;
    return runHosted("main", {}, { name, folder: join(folder, "deployments"), tsconfig });
  };

  before(() => {
    project = copyProject();
  });

  after(() => project?.remove());

  it("makes nothing of the settings as committed", async () => {
    assert.deepEqual(await start(projectFolder), { exitCode: 0, types: [stack], errors: [] });
  });

  it("stops with one line where Pulumi Deployments shall deploy a stack, and the state is in a bucket", async () => {
    change(project.folder, ['dev: { deployedBy: "github" }', 'dev: { deployedBy: "pulumi-deployments" }']);
    change(project.folder, ["repository: exampleRepository", 'repository: { owner: "acme", ownerId: 1, name: "accounts", id: 2 }']);
    change(project.folder, [
      'reviewers: { code: ["@octo-org/platform"], deployments: ["@octo-org/platform"] }', 'reviewers: { code: ["@somebody"], deployments: [] }',
    ]);
    const { exitCode, types, errors } = await start(project.folder);

    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^delivery\/settings\.ts: [^\n]*bucket[^\n]*$/);
    assert.deepEqual([exitCode, types], [toldTheUser, [stack]]);
  });

  it("makes the settings and the schedule of a stack that Pulumi Deployments own", async () => {
    change(project.folder, ['backend: { kind: "bucket" }', 'backend: { kind: "pulumi-cloud", organization: "acme" }']);
    const { exitCode, types, errors } = await start(project.folder);

    assert.deepEqual(errors, []);
    assert.equal(exitCode, 0);
    assert.deepEqual(types.toSorted(), [
      "accounts:deployments:StackDeployments", stack, "pulumiservice:index:DeploymentSettings", "pulumiservice:index:DriftSchedule",
    ]);
  });
});

interface ProjectFile {
  readonly name: string;
  readonly runtime: { readonly options: { readonly tsconfig: string } };
}

/** Writes `delivery/settings.ts` anew, as a person would. What is to be replaced must be there. */
function change(folder: string, [from, to]: readonly [string, string]): void {
  const file = join(folder, "delivery", "settings.ts");
  const before = readFileSync(file, "utf8");
  assert.ok(before.includes(from), `${file} has no ${from}`);
  writeFileSync(file, before.replace(from, to));
}
