import { strict as assert } from "node:assert";

import { permissionsBoundary, secretsProvider } from "../../delivery/names";
import type { AwsService } from "../../offline/stand-ins/aws-json";
import { clonedRepository, setUp } from "../clone";
import { recordsIn } from "../delivery/records";
import { examplePlace } from "../example/project";
import { backups, image, instance, startOpsAccount, type OpsAccount } from "../ops/account";
import { Checkout } from "./checkout";
import { startKeys } from "./keys";

const database = "aws:rds/instance:Instance";

// Each test goes on with the stack that the one before it left.
describe("npm run ops with Pulumi's own CLI", function () {
  this.timeout("20m");
  let checkout: Checkout;
  let account: OpsAccount;

  before(async function () {
    checkout = await Checkout.open(this, "dev");
    // The types of the whole program are the business of `npm run types`; here they would take most of the time.
    checkout.edit("tsconfig.json", '"exclude": [', '"files": ["environments/dev.ts"], "exclude": [');
    await checkout.succeed("pulumi", ["stack", "select", "--create", "dev"]);
    const given = `accounts:image=${image("b")}`;
    await checkout.succeed("pulumi", ["up", "--yes", "--skip-preview", "--stack", "dev", "--config", given]);
    // Pulumi has saved it there; a pipeline's checkout is gone afterwards.
    await checkout.succeed("pulumi", ["config", "rm", "accounts:image", "--stack", "dev"]);
    account = await startOpsAccount({
      images: [image("a"), image("b")],
      rds: { instances: [instance(1), instance(2)], automatedBackups: [backups(1)] },
    });
  });

  after(async () => {
    await account?.stop();
    await checkout?.close();
  });

  const ops = (...words: string[]): Promise<string> =>
    checkout.succeed("npm", ["run", "--silent", "ops", "--", "dev", ...words, "--yes"], account.env as Record<string, string>);
  const keys = (): string[] => checkout.read("Pulumi.dev.yaml").split("\n").filter((line) => /image|database/.test(line));
  const instances = (): unknown[] =>
    checkout.cloud.all.filter(({ type }) => type === database).map(({ name }) => name).toSorted();
  const definitions = () => checkout.cloud.all.filter(({ type }) => type === "aws:ecs/taskDefinition:TaskDefinition");
  const images = (): unknown[] => definitions()
    .map(({ properties }) => (JSON.parse(String(properties["containerDefinitions"])) as { image: string }[])[0]?.image);

  it("restore makes the next instance beside the one that serves, of the image that runs", async () => {
    const comments = checkout.read("Pulumi.dev.yaml").split("\n").filter((line) => line.includes("#"));
    const said = await ops("restore", "time:2026-01-31T09:30:00Z");

    assert.deepEqual(instances(), ["database-1", "database-3"], said);
    assert.deepEqual(keys(), [
      "  accounts:databaseGeneration: 3", '  accounts:databaseKept: "1"', "  accounts:databaseRestore: time:2026-01-31T09:30:00Z",
    ]);
    assert.deepEqual(checkout.read("Pulumi.dev.yaml").split("\n").filter((line) => line.includes("#")), comments);
    assert.deepEqual(images(), [image("b"), image("b")]);
    assert.match(said, /^Commit Pulumi\.dev\.yaml: the next `pulumi up` from elsewhere would take this back\.$/m);
  });

  it("restore back moves to the old instance again", async () => {
    await ops("restore", "back");

    assert.deepEqual(instances(), ["database-1", "database-3"]);
    assert.deepEqual(keys(), ["  accounts:databaseGeneration: 1", '  accounts:databaseKept: "3"']);
  });

  it("restore finish lets the other one go, in two steps", async () => {
    await ops("restore", "finish");
    assert.deepEqual(instances(), ["database-1", "database-3"]);
    assert.deepEqual(keys(), ["  accounts:databaseGeneration: 1", '  accounts:databaseKept: "3 unprotected"']);

    await ops("restore", "finish");
    assert.deepEqual(instances(), ["database-1"]);
    assert.deepEqual(keys(), ["  accounts:databaseGeneration: 1"]);
  });

  it("rollback deploys the image before, and holds the stack at it", async () => {
    await ops("rollback", "previous");

    assert.deepEqual(images(), [image("a"), image("a")]);
    assert.deepEqual(keys(), ["  accounts:databaseGeneration: 1", `  accounts:image: ${image("a")}`]);
  });

  it("scale changes the settings and what AWS was told", async () => {
    await ops("scale", "3", "5");

    const { properties } = checkout.cloud.only("aws:appautoscaling/target:Target", "service-scaling");
    assert.deepEqual([properties["minCapacity"], properties["maxCapacity"]], [3, 5]);
    assert.match(checkout.read("environments/dev.ts"), /minTasks: 3,\n\s+maxTasks: 5,/);
  });

  it("leaves the change in the file when Pulumi fails, and says how to go on", async () => {
    const before = checkout.read("Pulumi.dev.yaml");
    const words = ["run", "--silent", "ops", "--", "dev", "restore", "time:latest", "--yes"];
    const { code, stderr } = await checkout.run("npm", words, {
      ...account.env, PULUMI_DEBUG_PROVIDERS: "aws:1,docker:1,awsx:1",
    });

    assert.equal(code, 1);
    assert.ok(keys().includes("  accounts:databaseRestore: time:latest"), keys().join("\n"));
    assert.match(stderr, /pulumi up ended with \d+\. Pulumi\.dev\.yaml stays changed: mend what failed and go on with/);
    checkout.edit("Pulumi.dev.yaml", checkout.read("Pulumi.dev.yaml"), before);
  });

  describe("of a stack that a pipeline deploys", () => {
    let keys: AwsService;
    let records: ReturnType<typeof recordsIn>;

    const git = (...args: string[]): Promise<string> => checkout.succeed("git",
      ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", ...args]);
    const commit = async (): Promise<string> => {
      await git("add", "--", "*.ts", "*.yaml");
      await git("commit", "--quiet", "--message", "what is deployed");
      return (await git("rev-parse", "HEAD")).trim();
    };
    const env = () => ({ ...account.env, AWS_ENDPOINT_URL_KMS: keys.url }) as Record<string, string>;
    const up = () => checkout.run("npm", ["run", "--silent", "up", "--", "dev"], env());

    before(async () => {
      keys = await startKeys();
      records = recordsIn(account.ssm);
      checkout.deliver({ repository: clonedRepository });
      checkout.edit("Pulumi.prod.yaml", "config:\n", setUp("prod"));
      await checkout.succeed("pulumi", ["stack", "change-secrets-provider", secretsProvider("dev", examplePlace("dev")), "--stack", "dev"], env());
      await checkout.succeed("pulumi", ["config", "set", "accounts:permissionsBoundary", permissionsBoundary("dev"), "--stack", "dev"]);
      await git("init", "--quiet");
      await records.put({ commit: await commit(), image: image("a"), run: "17", result: "deployed" });
    });

    after(() => keys?.stop());

    it("restore --now makes the instance, and the pipeline refuses a commit that would take it away", async () => {
      await checkout.succeed("npm", ["run", "--silent", "ops", "--", "dev", "restore", "time:latest", "--now", "--yes"], env());
      assert.deepEqual(instances(), ["database-1", "database-3"]);

      await git("stash");
      const { code, stderr } = await up();
      assert.equal(code, 1);
      assert.match(stderr, /^dev runs what somebody has deployed by hand.*\n- accounts:databaseGeneration: 3\n/m);
      assert.deepEqual(instances(), ["database-1", "database-3"]);
      await git("stash", "pop");
    });

    it("the pipeline deploys the commit that has it, in which Pulumi finds nothing to do", async () => {
      const merged = await commit();
      const before = [...definitions()];
      const { code, stdout, stderr } = await up();

      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(definitions(), before);
      assert.deepEqual((await records.all()).at(-1), { commit: merged, image: image("a"), run: "by hand", result: "deployed" });
    });
  });
});
