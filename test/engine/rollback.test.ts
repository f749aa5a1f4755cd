import { strict as assert } from "node:assert";

import type { Settings } from "../../environments/settings";
import { assertNever, assertOrder } from "./journal";
import { Scene } from "./scene";

const image = `registry.example.com/accounts@sha256:${"a".repeat(64)}`;
const service = "aws:ecs/service:Service";
const parameter = "aws:ssm/parameter:Parameter parameters-log-level-";

/** The task definition that the service runs, whatever Pulumi knows of it. */
const running = (scene: Scene) => String(scene.cloud.only(service, "service").properties["taskDefinition"]);

/** Code of a release, which differs from others in a setting. */
const logging = (logLevel: Settings["service"]["logLevel"]) => (dev: Settings) => ({ service: { ...dev.service, logLevel } });

const named = (scene: Scene, beginning: string) => scene.cloud.all.map(({ type, name }) => `${type} ${name}`)
  .filter((label) => label.startsWith(beginning));

/** What the gate says when the service still runs this definition; the other one is the next revision. */
function refusal(definition: string): RegExp {
  const next = definition.replace(/\d+$/, (revision) => String(Number(revision) + 1));
  return new RegExp(`the service accounts-dev-service-\\w+ runs ${definition}, but this program asked for ${next}\\.`);
}

// Each test goes on with the stack that the one before it left.
describe("a deployment that ECS takes back while the provider calls it a success", () => {
  let scene: Scene;
  let journal: string[];

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": image } });
    scene.account.migrateWith("");
    await scene.success((stack) => stack.up());
  });

  after(() => scene?.close());

  it("fails the up, which names the version that runs and the one that was meant", async () => {
    const before = running(scene);
    scene.rollouts.next = "taken back in silence";
    scene.change = logging("warn");

    const failure = await scene.failure((stack) => stack.up());

    journal = failure.journal;
    assert.match(failure.message, refusal(before));
    assert.equal(running(scene), before);
  });

  it("leaves the old version what its tasks start with: parameters, and the right to read them", () => {
    assertOrder(journal, `create ${parameter}`, `update ${service} service`);
    assertNever(journal, "delete ");
    assert.equal(named(scene, parameter).length, 2);
  });

  it("lets a preview pass, which does not ask what runs", async () => {
    assert.deepEqual(await scene.success((stack) => stack.preview()), []);
  });

  it("is rolled out again by the next up, which takes the old things away when that has succeeded", async () => {
    scene.rollouts.next = "succeeds";
    const before = running(scene);

    journal = await scene.success((stack) => stack.up());

    assertOrder(journal, `update ${service} service`, `delete ${parameter}`);
    assert.notEqual(running(scene), before);
  });
});

describe("a deployment that ECS takes back, and the provider says so", () => {
  let scene: Scene;
  let old: string;

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": image } });
    scene.account.migrateWith("");
    await scene.success((stack) => stack.up());
    old = running(scene);
  });

  after(() => scene?.close());

  it("fails the up with the provider's words", async () => {
    scene.rollouts.next = "taken back, and said so";
    scene.change = logging("warn");

    const { journal, message } = await scene.failure((stack) => stack.up());

    assert.match(message, /ROLLBACK_SUCCESSFUL/);
    assertNever(journal, "delete ");
    assert.equal(running(scene), old);
  });

  it("fails the next up of the same code as well, in which the provider has nothing to do and says nothing", async () => {
    scene.rollouts.next = "succeeds";

    const { journal, message } = await scene.failure((stack) => stack.up());

    assert.match(message, refusal(old));
    assert.doesNotMatch(message, /ROLLBACK_SUCCESSFUL/);
    assertNever(journal, "delete ");
    assert.equal(running(scene), old);
  });

  it("is healed by an up of the same code with --refresh", async () => {
    await scene.success((stack) => stack.up({ refresh: true }));

    assert.equal(running(scene), scene.cloud.only("aws:ecs/taskDefinition:TaskDefinition", "service").properties["arn"]);
    assert.notEqual(running(scene), old);
  });

  it("is healed by mended code without it", async () => {
    scene.rollouts.next = "taken back, and said so";
    scene.change = logging("error");
    await scene.failure((stack) => stack.up());
    scene.rollouts.next = "succeeds";
    scene.change = logging("info");

    const journal = await scene.success((stack) => stack.up());

    assertOrder(journal, `update ${service} service`, `delete ${parameter}`);
    assert.equal(named(scene, parameter).length, 1);
    assert.equal(running(scene), scene.cloud.only("aws:ecs/taskDefinition:TaskDefinition", "service").properties["arn"]);
  });
});
