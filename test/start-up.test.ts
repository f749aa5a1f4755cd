import { strict as assert } from "node:assert";

import { quickStart } from "../delivery/pulumi/quick-start";
import { environments } from "../environments";
import { committedStacks, readStackFile } from "../offline/stack-file";
import { components } from "./components";
import { runHosted, toldTheUser } from "./engine/node-host";

// Pulumi loads the program in another way than all other tests: through ts-node, under tsconfig.json. Our commands have
// it started in a third way.
const ways: Readonly<Record<string, () => NodeJS.ProcessEnv>> = {
  "as Pulumi starts it": () => ({}),
  "as `npm run up` starts it": () => quickStart({}),
};

describe("the program", function () {
  this.timeout("90s");

  const starts = committedStacks().flatMap((stack) => Object.entries(ways).map(([way, env]) => ({ stack, way, env })));
  for (const { stack, way, env } of starts) {
    it(`registers every component of ${stack}, started ${way}`, async () => {
      const { exitCode, types, errors } = await runHosted(stack, readStackFile(stack), { env: env() });

      assert.deepEqual(errors, []);
      assert.equal(exitCode, 0);
      const expected = Object.keys(components).map((component) => `accounts:infra:${component}`);
      assert.deepEqual(types.filter((type) => type.startsWith("accounts:infra:")).toSorted(), expected.toSorted());
      assert.ok(types.includes("awsx:ecs:FargateService"), "a component without its children was not constructed to its end");
    });
  }

  it("stops with one line, before any resource, when the environment does not exist", async () => {
    const { exitCode, types, errors } = await runHosted("dev", { ...readStackFile("dev"), "accounts:environment": "nowhere" });

    assert.equal(errors.length, 1);
    const known = Object.keys(environments).join(", ");
    assert.ok(errors[0]?.startsWith(`accounts:environment is "nowhere", but must be one of ${known}: `), errors[0]);
    assert.equal(exitCode, toldTheUser);
    assert.deepEqual(types, ["pulumi:pulumi:Stack"]);
  });
});
