import { strict as assert } from "node:assert";

import { assertNever, assertOrder } from "./journal";
import type { Resource } from "./provider";
import { Scene } from "./scene";

const image = `registry.example.com/accounts@sha256:${"a".repeat(64)}`;
const instance = "aws:rds/instance:Instance";
const parameter = "aws:ssm/parameter:Parameter";
const service = "aws:ecs/service:Service service";
const subscribed = "update aws:rds/eventSubscription:EventSubscription monitoring-database";

/** The migration tells where it was sent. */
const migration = "console.log(process.env.DATABASE_HOST, process.env.DATABASE_MASTER_SECRET_ARN);";

interface Keys {
  readonly generation: string;
  readonly kept: string;
  readonly restore: string;
}

// Each test goes on with the stack that the one before it left.
describe("a restore under the real engine", () => {
  let scene: Scene;
  let first: Resource;

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": image } });
    scene.account.migrateWith(migration);
    await scene.success((stack) => stack.up());
    first = scene.cloud.only(instance, "database-1");
  });

  after(() => scene?.close());

  const configure = async ({ generation, kept, restore }: Keys): Promise<void> => {
    await scene.stack.setConfig("accounts:databaseGeneration", generation);
    await scene.stack.setConfig("accounts:databaseKept", kept);
    await scene.stack.setConfig("accounts:databaseRestore", restore);
  };
  const instances = () => scene.cloud.all.filter(({ type }) => type === instance).map(({ name }) => name).toSorted();
  const host = () => {
    const found = scene.cloud.all.filter(({ name }) => name.startsWith("parameters-database-host-"));
    assert.equal(found.length, 1);
    return found[0]?.properties["insecureValue"];
  };

  /** What RDS was told of how an instance begins, by the inputs that the engine has kept. */
  const beginningOf = (name: string) => {
    const { checkpoint } = JSON.parse(scene.stack.state) as {
      checkpoint: { latest: { resources: { urn: string; inputs?: Record<string, unknown> }[] } };
    };
    const found = checkpoint.latest.resources.filter(({ urn }) => urn.endsWith(`$${instance}::${name}`));
    assert.equal(found.length, 1, name);
    const told = ["dbName", "username", "snapshotIdentifier", "restoreToPointInTime"];
    return Object.fromEntries(Object.entries(found[0]?.inputs ?? {}).filter(([key]) => told.includes(key)));
  };

  it("begins with an empty database", () => {
    assert.deepEqual(beginningOf("database-1"), { dbName: "accounts", username: "accounts_master" });
  });

  describe("to a moment", () => {
    const moment = { restoreToPointInTime: { sourceDbInstanceIdentifier: "accounts-dev-1", restoreTime: "2026-01-31T09:30:00Z" } };
    let journal: string[];

    before(async () => {
      await configure({ generation: "2", kept: "1", restore: "time:2026-01-31T09:30:00Z" });
      journal = await scene.success((stack) => stack.up());
    });

    it("makes an instance of the old one's backups, without names, which RDS refuses then", () => {
      assert.equal(scene.cloud.only(instance, "database-2").properties["identifier"], "accounts-dev-2");
      assert.deepEqual(beginningOf("database-2"), moment);
    });

    it("gives it log groups before it is there", () => {
      for (const log of ["postgresql", "upgrade"]) {
        assertOrder(journal, `create aws:cloudwatch/logGroup:LogGroup database-2-${log}-log`, `create ${instance} database-2`);
      }
    });

    it("leaves the old one as it was, but for its protection", () => {
      const { properties, id } = scene.cloud.only(instance, "database-1");
      assert.equal(id, first.id);
      assert.deepEqual(properties, { ...first.properties, deletionProtection: true });
      assertNever(journal, `delete ${instance}`);
    });

    it("migrates the new one before the service is sent there", () => {
      const { address, masterUserSecrets } = scene.cloud.only(instance, "database-2").properties;
      const [secret] = masterUserSecrets as { secretArn: string }[];
      assertOrder(journal, `migration: ${address} ${secret?.secretArn}`, `update ${service}`);
      assert.equal(host(), address);
    });

    it("takes the old address away after the service has moved", () => {
      assertOrder(journal, `update ${service}`, `delete ${parameter} parameters-database-host-`);
    });

    it("changes nothing when it is run again", async () => {
      assert.deepEqual(await scene.success((stack) => stack.up({ expectNoChanges: true })), []);
    });

    it("is kept also when nobody remembers what it began with, since that counted once", async () => {
      await configure({ generation: "2", kept: "1", restore: "" });
      const before = scene.cloud.only(instance, "database-2");

      assert.deepEqual(await scene.success((stack) => stack.up({ expectNoChanges: true })), []);
      assert.deepEqual(scene.cloud.only(instance, "database-2"), before);
      assert.deepEqual(beginningOf("database-2"), moment);
    });
  });

  describe("has a way back", () => {
    it("to the old instance, with the new one kept", async () => {
      const restored = scene.cloud.only(instance, "database-2");
      await configure({ generation: "1", kept: "2", restore: "" });

      const journal = await scene.success((stack) => stack.up());

      const { address } = scene.cloud.only(instance, "database-1").properties;
      assert.equal(host(), address);
      assertOrder(journal, `migration: ${address} `, `update ${service}`);
      assert.deepEqual(scene.cloud.only(instance, "database-2"), {
        ...restored, properties: { ...restored.properties, deletionProtection: true },
      });
    });

    it("and forth again", async () => {
      await configure({ generation: "2", kept: "1", restore: "" });

      await scene.success((stack) => stack.up());

      assert.equal(host(), scene.cloud.only(instance, "database-2").properties["address"]);
      assert.deepEqual(instances(), ["database-1", "database-2"]);
    });
  });

  describe("lets the old instance go", () => {
    it("not while it is protected, and the new one serves on", async () => {
      await configure({ generation: "2", kept: "", restore: "" });

      const { journal, message } = await scene.failure((stack) => stack.up());

      assert.match(message, /database-1.*protect|protect.*database-1/s);
      assertNever(journal, instance);
      assertNever(journal, service);
      assert.deepEqual(instances(), ["database-1", "database-2"]);
    });

    it("after its protections were taken off, in place", async () => {
      await configure({ generation: "2", kept: "1 unprotected", restore: "" });

      // The refused one had already taken it out of the subscription.
      assert.deepEqual((await scene.success((stack) => stack.up())).toSorted(), [subscribed, `update ${instance} database-1`]);
      assert.equal(scene.cloud.only(instance, "database-1").properties["deletionProtection"], false);
    });

    it("with its log groups, after it, and with nothing else; its deletion is not told of, since it is meant", async () => {
      await configure({ generation: "2", kept: "", restore: "" });

      const journal = await scene.success((stack) => stack.up());

      const group = "delete aws:cloudwatch/logGroup:LogGroup database-1";
      assert.deepEqual(journal.slice(0, 2), [subscribed, `delete ${instance} database-1`]);
      assert.deepEqual(journal.slice(2).toSorted(), [`${group}-postgresql-log`, `${group}-upgrade-log`]);
    });
  });

  describe("of what was restored itself", () => {
    const others: [generation: number, restore: string, beginning: object][] = [
      [3, "time:latest",
        { restoreToPointInTime: { sourceDbInstanceIdentifier: "accounts-dev-2", useLatestRestorableTime: true } }],
      [4, "snapshot:before-the-accident", { snapshotIdentifier: "before-the-accident" }],
    ];
    for (const [generation, restore, beginning] of others) {
      it(`is made of ${restore} with the next generation, and leaves it as it was`, async () => {
        const old = scene.cloud.only(instance, `database-${generation - 1}`);
        await configure({ generation: String(generation), kept: String(generation - 1), restore });

        await scene.success((stack) => stack.up());

        const { identifier, address } = scene.cloud.only(instance, `database-${generation}`).properties;
        assert.equal(identifier, `accounts-dev-${generation}`);
        assert.deepEqual(beginningOf(`database-${generation}`), beginning);
        assert.equal(host(), address);
        assert.deepEqual(instances(), [old.name, `database-${generation}`]);
        assert.deepEqual(scene.cloud.only(instance, old.name), {
          ...old, properties: { ...old.properties, deletionProtection: true },
        });

        // Goes with the next `up`.
        await configure({ generation: String(generation), kept: `${generation - 1} unprotected`, restore: "" });
        await scene.success((stack) => stack.up());
      });
    }

    it("goes with its stack", async () => {
      await scene.success((stack) => stack.destroy());

      assert.deepEqual(scene.cloud.all, []);
    });
  });
});
