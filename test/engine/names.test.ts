import { strict as assert } from "node:assert";

import { Scene } from "./scene";

/** The longest stack name that `infra/names.ts` admits. */
const stackName = "a".repeat(30);

/** Characters that AWS allows; everything else that is named by Pulumi.yaml's pattern may have 255. */
const limits: Readonly<Record<string, number>> = {
  "aws:iam/role:Role": 64,
  "aws:lb/loadBalancer:LoadBalancer": 32,
  "aws:lb/targetGroup:TargetGroup": 32,
};

describe("the names that Pulumi.yaml's pattern makes", () => {
  let scene: Scene;

  before(async function () {
    scene = await Scene.open(this, {
      stackName,
      config: { "accounts:image": `registry.example.com/accounts@sha256:${"a".repeat(64)}` },
    });
  });

  after(() => scene?.close());

  it("are not too long for AWS, not even in a stack with the longest name", async () => {
    await scene.success((stack) => stack.preview());

    const names = [...scene.cloud.proposedNames].map(([urn, name]) => ({ type: urn.split("::")[2]!.split("$").at(-1)!, name }));
    for (const type of Object.keys(limits)) {
      assert.ok(names.some((named) => named.type === type), `no name was proposed for any ${type}`);
    }
    assert.deepEqual(names.filter(({ type, name }) => name.length > (limits[type] ?? 255)), []);
  });
});
