import * as assert from "node:assert/strict";
import { join } from "node:path";

import { parse } from "yaml";

import type { DeliverySettings } from "../../delivery/settings";
import { committedStacks } from "../../offline/stack-file";
import { clonedRepository } from "../clone";
import { runHosted, toldTheUser } from "../engine/node-host";
import { exampleDelivery } from "../example/delivery";
import { ExampleProject } from "../example/project";

// Pulumi loads the program in another way than all other tests: through ts-node, under the options of Pulumi.yaml.
describe("deployments/, started as Pulumi starts it", function () {
  this.timeout("90s");
  const stack = "pulumi:pulumi:Stack";
  const owned: Partial<DeliverySettings> = {
    repository: clonedRepository, stacks: { ...exampleDelivery(committedStacks()).stacks, dev: { deployedBy: "pulumi-deployments" } },
  };
  let project: ExampleProject;

  const start = () => {
    const { folder } = project;
    const file = project.read("deployments/Pulumi.yaml");
    const { name, runtime: { options: { tsconfig } } } = parse(file) as ProjectFile;
    return runHosted("main", {}, { name, folder: join(folder, "deployments"), tsconfig });
  };

  before(() => {
    project = new ExampleProject();
  });

  after(() => project?.remove());

  it("makes nothing where GitHub deploys all stacks", async () => {
    assert.deepEqual(await start(), { exitCode: 0, types: [stack], errors: [] });
  });

  it("stops with one line where Pulumi Deployments shall deploy a stack, and the state is in a bucket", async () => {
    project.deliver(owned);
    const { exitCode, types, errors } = await start();

    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^delivery\/settings\.ts: [^\n]*bucket[^\n]*$/);
    assert.deepEqual([exitCode, types], [toldTheUser, [stack]]);
  });

  it("makes the settings and the schedule of a stack that Pulumi Deployments own", async () => {
    project.deliver({ ...owned, backend: { kind: "pulumi-cloud", organization: "acme" } });
    const { exitCode, types, errors } = await start();

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
