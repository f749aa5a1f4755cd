import { strict as assert } from "node:assert";

import { committedStacks, readStackFile } from "../offline/stack-file";
import { runHosted, toldTheUser } from "./engine/node-host";

// Pulumi loads the program in another way than all other tests: through ts-node, under tsconfig.json.
describe("the program, started as Pulumi starts it", function () {
  this.timeout("90s");

  for (const stack of committedStacks()) {
    it(`registers every component of ${stack}`, async () => {
      const { exitCode, types, errors } = await runHosted(stack, readStackFile(stack));

      assert.deepEqual(errors, []);
      assert.equal(exitCode, 0);
      assert.deepEqual(types.filter((type) => type.startsWith("accounts:infra:")).toSorted(), [
        "accounts:infra:Cluster",
        "accounts:infra:Database",
        "accounts:infra:Encryption",
        "accounts:infra:Firewall",
        "accounts:infra:Image",
        "accounts:infra:LoadBalancer",
        "accounts:infra:Migration",
        "accounts:infra:Monitoring",
        "accounts:infra:Network",
        "accounts:infra:Parameters",
        "accounts:infra:Service",
      ]);
      assert.ok(types.includes("awsx:ecs:FargateService"), "a component without its children was not constructed to its end");
    });
  }

  it("stops with one line, before any resource, when the environment does not exist", async () => {
    const { exitCode, types, errors } = await runHosted("dev", { ...readStackFile("dev"), "accounts:environment": "staging" });

    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /^accounts:environment is "staging", but must be one of dev, prod: .+$/);
    assert.equal(exitCode, toldTheUser);
    assert.deepEqual(types, ["pulumi:pulumi:Stack"]);
  });
});
