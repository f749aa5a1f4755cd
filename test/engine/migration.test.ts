import { strict as assert } from "node:assert";

import { assertNever, assertOrder } from "./journal";
import { Scene } from "./scene";

const firstImage = `registry.example.com/accounts@sha256:${"a".repeat(64)}`;
const secondImage = `registry.example.com/accounts@sha256:${"b".repeat(64)}`;
const service = "aws:ecs/service:Service service";

const failing = `
  console.log("adds the column email");
  console.error("column email contains null values");
  process.exitCode = 1;
`;
const succeeding = 'console.log("the schema is current");';

// Each test goes on with the stack that the one before it left.
describe("a migration that fails", () => {
  let scene: Scene;

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": firstImage } });
  });

  after(() => scene?.close());

  it("fails the first up with the lines it wrote, and there is no service", async () => {
    scene.account.migrateWith(failing);

    const { journal, message } = await scene.failure((stack) => stack.up());

    assert.match(message, /before hook "migration" failed/);
    assert.match(message, /ended with exit code 1/);
    assert.match(message, /adds the column email\n.*column email contains null values/);
    assertNever(journal, service);
  });

  it("runs again with the next up, which then creates the service", async () => {
    scene.account.migrateWith(succeeding);

    const journal = await scene.success((stack) => stack.up());

    assertOrder(journal, "migration: the schema is current", `create ${service}`);
  });

  it("leaves the service of the old image as it was", async () => {
    const running = ["aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"]
      .map((type) => scene.cloud.only(type, "service"));
    scene.account.migrateWith(failing);

    const { journal, message } = await scene.failure(async (stack) => {
      await stack.setConfig("accounts:image", secondImage);
      await stack.up();
    });

    assert.match(message, /column email contains null values/);
    assertNever(journal, service);
    for (const resource of running) {
      assert.deepEqual(scene.cloud.only(resource.type, "service"), resource);
    }
  });

  it("runs again with the next up, which then updates the service", async () => {
    scene.account.migrateWith(succeeding);

    const journal = await scene.success((stack) => stack.up());

    assertOrder(journal, "migration: the schema is current", `update ${service}`);
    const { properties } = scene.cloud.only("aws:ecs/taskDefinition:TaskDefinition", "service");
    assert.match(String(properties["containerDefinitions"]), new RegExp(secondImage));
  });
});

describe("a migration with credentials of another account", () => {
  let scene: Scene;

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": firstImage } });
  });

  after(() => scene?.close());

  it("is refused before it asks ECS for anything", async () => {
    const { accountId } = scene.account.caller;
    scene.account.caller.accountId = "999999999999";

    const { journal, message } = await scene.failure((stack) => stack.up());

    assert.match(message, new RegExp(`of account 999999999999, but the stack belongs to ${accountId}`));
    assert.deepEqual(scene.account.ecs.calls, []);
    assertNever(journal, service);
  });
});
