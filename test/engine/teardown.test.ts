import { strict as assert } from "node:assert";

import { Scene } from "./scene";

/** Built, so that there is a repository, and images in it. */
const config = { "accounts:image": "" };

/** The types under whose names people look for things: nobody else may have taken them in the meantime. */
const named = [
  "aws:ecs/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:secretsmanager/secret:Secret",
  "aws:cloudwatch/logGroup:LogGroup",
];

const namesOf = (scene: Scene) => scene.cloud.all.filter(({ type }) => named.includes(type))
  .map(({ type, properties }) => `${type} ${String(properties["identifier"] ?? properties["name"])}`).toSorted();

type Switch = readonly [type: string, property: string, off: boolean, words: RegExp];

interface StateResource {
  readonly urn: string;
  readonly protect?: boolean;
}

function urnsOf(scene: Scene, which: (resource: StateResource) => boolean): string[] {
  const { checkpoint } = JSON.parse(scene.stack.state) as { checkpoint: { latest: { resources: StateResource[] } } };
  return checkpoint.latest.resources.filter(which).map(({ urn }) => urn);
}

// Each test goes on with the stack that the one before it left.
describe("dev, torn down", () => {
  let scene: Scene;
  let names: string[];

  before(async function () {
    scene = await Scene.open(this, { config });
    scene.account.migrateWith("");
    await scene.success((stack) => stack.up());
    names = namesOf(scene);
  });

  after(() => scene?.close());

  it("is gone after one destroy: AWS refuses nothing and keeps nothing", async () => {
    await scene.success((stack) => stack.destroy());

    const { snapshots, recoverable, strayLogs } = scene.refusals;
    assert.deepEqual(scene.cloud.all, []);
    assert.deepEqual({ snapshots: [...snapshots], recoverable: [...recoverable], strayLogs: [...strayLogs] }, {
      snapshots: [], recoverable: [], strayLogs: [],
    });
  });

  it("is there again at once, under the same names", async () => {
    await scene.success((stack) => stack.up());

    assert.notEqual(names.length, 0);
    assert.deepEqual(namesOf(scene), names);
  });
});

describe("prod, torn down", () => {
  let scene: Scene;

  /** What AWS itself refuses to give away, by a switch of its own for each. */
  const switches: readonly Switch[] = [
    ["aws:lb/loadBalancer:LoadBalancer", "enableDeletionProtection", false, /deletion protection is enabled/],
    ["aws:ecr/repository:Repository", "forceDelete", true, /still contains images/],
    ["aws:s3/bucket:Bucket", "forceDestroy", true, /bucket you tried to delete is not empty/],
    ["aws:rds/instance:Instance", "deletionProtection", false, /Cannot delete protected DB Instance/],
  ];

  before(async function () {
    scene = await Scene.open(this, { environment: "prod", config });
    scene.account.migrateWith("");
    await scene.success((stack) => stack.up());
  });

  after(() => scene?.close());

  it("is refused by Pulumi, before anything is gone, as long as one protection is on", async function () {
    this.timeout("10m");
    const protectedByPulumi = urnsOf(scene, ({ protect }) => protect === true);
    const refused: string[] = [];
    while (refused.length < protectedByPulumi.length) {
      const { journal, message } = await scene.failure((stack) => stack.previewDestroy());
      assert.deepEqual(journal, []);
      const named = protectedByPulumi.filter((urn) => message.includes(`"${urn}" cannot be deleted`));
      assert.notEqual(named.length, 0, `nothing protected has refused, but:\n${message}`);
      for (const urn of named) {
        await scene.stack.unprotect(urn);
        refused.push(urn);
      }
    }

    assert.ok(new Set(refused).size >= 2, "more than one resource is protected");
    assert.deepEqual(await scene.success((stack) => stack.previewDestroy()), []);
  });

  it("is refused by AWS then, as long as one of AWS's own protections is on", async function () {
    this.timeout("10m");
    const exists = ([type]: Switch) => scene.cloud.all.some((resource) => resource.type === type);
    const on = switches.filter(exists);
    assert.ok(on.length >= 3, "AWS refuses in three ways or more");
    while (on.length > 0) {
      const { message } = await scene.failure((stack) => stack.destroy());
      assert.deepEqual(on.filter((protection) => !exists(protection)), [], "gone, although protected");
      const index = on.findIndex(([, , , words]) => words.test(message));
      assert.notEqual(index, -1, `nothing that is known has refused, but:\n${message}`);
      // A person gives in to what has refused, and tries again.
      const [[type, property, off]] = on.splice(index, 1) as [Switch];
      for (const { properties } of scene.cloud.all.filter((resource) => resource.type === type)) {
        properties[property] = off;
      }
    }
  });

  it("goes then, and leaves the last copy of the data with the key that opens it", async () => {
    await scene.success((stack) => stack.destroy());

    assert.deepEqual(scene.cloud.all.map(({ type, name }) => `${type} ${name}`), ["aws:kms/key:Key encryption"]);
    assert.equal(scene.refusals.snapshots.size, 1);
  });

  it("keeps its secrets for whoever changes their mind, and so their names", async () => {
    const { recoverable } = scene.refusals;
    assert.deepEqual([...recoverable].toSorted(), ["accounts/prod/database/login", "accounts/prod/service/api-keys"]);

    const { message } = await scene.failure((stack) => stack.up());

    assert.match(message, /already scheduled for deletion: accounts\/prod\//);
  });
});
