import { strict as assert } from "node:assert";
import { join } from "node:path";

import { GitHub } from "../delivery/github";
import { Checkout } from "./checkout";

const image = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts@sha256:${"a".repeat(64)}`;

/** What GitHub tells a job of a pull request, apart from where it is. */
const job = {
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_RUN_ID: "1",
  GITHUB_SHA: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
};

// Each test goes on with the stack that the one before it left; what it changed, it puts back.
describe("what a reviewer is told", function () {
  this.timeout("10m");
  let checkout: Checkout;
  let github: GitHub;
  let env: Record<string, string>;

  before(async function () {
    checkout = await Checkout.open(this, "dev");
    github = await new GitHub().start();
    env = { ...job, ...github.environment, GITHUB_STEP_SUMMARY: join(checkout.folder, "summary.md"), DRIFT_PAUSE_SECONDS: "0" };
  });

  after(async () => {
    github?.stop();
    await checkout?.close();
  });

  /** The exit code, and the one comment that the pull request then has of the stack. */
  async function commented(command: string, words: readonly string[]) {
    const { code, stdout, stderr } = await checkout.run(command, words, env);
    const [comment, ...others] = github.comments;
    assert.ok(comment !== undefined && others.length === 0, `${github.comments.length} comments\n${stdout}${stderr}`);
    return { code, comment: comment.body, output: stdout + stderr };
  }

  const args = ["dev", "--comment", "--pull-request", "7"];

  /** As a workflow does it. */
  const npmRunPreview = () => commented("npm", ["run", "--silent", "preview", "--", ...args]);

  /** Without a check of types, which takes most of the time. */
  const preview = (...more: readonly string[]) => commented("node", [
    "--require", "./offline/prelude.cjs", "--import", "tsx", "--eval", `
      const { preview, readPreviewArgs } = require("./delivery/preview.ts");
      preview(readPreviewArgs(process.argv.slice(1)), async () => undefined).then((code) => { process.exitCode = code; });
    `, ...args, ...more,
  ]);

  it("is that a stack is not there yet, which is no failure", async () => {
    const { code, comment } = await preview();

    assert.equal(code, 0);
    assert.match(comment, /^## 🧪 dev: not there yet$/m);
  });

  it("is one changed setting, and nothing beside it: neither a build nor a change of the stack", async () => {
    await checkout.up(image);
    const [state, file] = [checkout.state, checkout.read("Pulumi.dev.yaml")];
    checkout.edit("environments/dev.ts", "minTasks: 2", "minTasks: 3");

    const { code, comment, output } = await npmRunPreview();

    checkout.edit("environments/dev.ts", "minTasks: 3", "minTasks: 2");
    assert.equal(code, 0, output);
    assert.match(comment, /^## 🧪 dev: 2 to change$/m);
    assert.match(comment, /`service-scaling` \(appautoscaling Target\)\n {2}- `minCapacity` `2` → `3`\n/);
    assert.deepEqual([checkout.state, checkout.read("Pulumi.dev.yaml")], [state, file]);
    assert.match(output, /minCapacity *: 2 => 3/, `the log has to show what Pulumi shows, and is:\n${output}`);
    assert.ok(checkout.read("summary.md").includes("minCapacity"), "the job's page shows it, too");
  });

  it("is a setting of the service with all that follows from it", async () => {
    checkout.edit("environments/dev.ts", 'logLevel: "debug"', 'logLevel: "warn"');

    const { comment } = await preview();

    checkout.edit("environments/dev.ts", 'logLevel: "warn"', 'logLevel: "debug"');
    assert.match(comment, /`parameters-log-level-<hash>` \(ssm Parameter\)\n {2}- `insecureValue` `debug` → `warn`\n/);
    assert.match(comment, /\*\*Follows from that\*\*[^]*`service` \(ecs Service\): `taskDefinition`/);
  });

  it("is a new resource", async () => {
    const queue = 'new aws.sqs.Queue("work", { messageRetentionSeconds: 86_400, kmsMasterKeyId: encryption.keyArn }, { provider });';
    checkout.edit("index.ts", "/** Where clients", `${queue}\n\n/** Where clients`);

    const { comment } = await preview();

    checkout.edit("index.ts", `${queue}\n\n`, "");
    assert.match(comment, /^## 🧪 dev: 1 to create$/m);
    assert.match(comment, /- \*\*create\*\* `work` \(sqs Queue\)/);
  });

  it("is on top that the database would be lost, and the code of Pulumi with --expect-no-changes", async () => {
    const [before, after] = ['engine: "postgres"', 'engine: "aurora-postgresql"'];
    checkout.edit("infra/database-instance.ts", before, after);

    const { code, comment } = await preview("--expect-no-changes");

    checkout.edit("infra/database-instance.ts", after, before);
    assert.equal(code, 7);
    assert.match(comment, /`database-1` .+would be replaced by an empty one\*\* because of `engine`/);
  });

  it("is which policy forbids it, and what it would be", async () => {
    checkout.edit("infra/database-instance.ts", "storageEncrypted: true", "storageEncrypted: false");

    const { code, comment } = await preview();

    checkout.edit("infra/database-instance.ts", "storageEncrypted: false", "storageEncrypted: true");
    assert.notEqual(code, 0);
    assert.match(comment, /^## 🧪 dev: the preview failed$/m);
    assert.match(comment, /\*\*Policies forbid this\*\*[^]*aws:rds\/instance:Instance database-1:\n.*RDS\.3: /);
    assert.match(comment, /storageEncrypted must be true/);
    assert.match(comment, /`database-1` .+would be replaced by an empty one/);
  });

  it("is why a preview failed", async () => {
    checkout.edit("environments/dev.ts", "minTasks: 2", "minTasks: 9");

    const { code, comment } = await preview();

    checkout.edit("environments/dev.ts", "minTasks: 9", "minTasks: 2");
    assert.equal(code, 1);
    assert.match(comment, /^## 🧪 dev: the preview failed$/m);
    assert.match(comment, /minTasks/);
  });

  it("is that types are wrong, before Pulumi runs", async () => {
    checkout.edit("environments/dev.ts", "minTasks: 2", 'minTasks: "2"');

    const { code, comment, output } = await npmRunPreview();

    checkout.edit("environments/dev.ts", 'minTasks: "2"', "minTasks: 2");
    assert.equal(code, 1);
    assert.match(comment, /the types of the program are wrong/);
    assert.match(output, /environments\/dev\.ts.*Type 'string' is not assignable/);
  });

  it("is nothing where nothing would change, and of drift neither", async () => {
    const { comment } = await preview();
    const { code, stderr } = await checkout.run("npm", ["run", "--silent", "drift", "--", "dev"], env);

    assert.match(comment, /^## 🧪 dev: nothing would change$/m);
    assert.equal(code, 0, stderr);
    assert.deepEqual(github.issues, []);
  });

  it("is in an issue what somebody has changed past Pulumi, whose state stays as it is", async () => {
    const { state } = checkout;
    checkout.cloud.only("aws:appautoscaling/target:Target", "service-scaling").properties["minCapacity"] = 1;
    checkout.cloud.only("aws:ecs/service:Service", "service").properties["desiredCount"] = 4;
    checkout.cloud.lose("aws:cloudwatch/logGroup:LogGroup", "service-log");

    const { code, stderr } = await checkout.run("npm", ["run", "--silent", "drift", "--", "dev"], env);

    assert.equal(code, 0, stderr);
    assert.equal(checkout.state, state);
    const issues = github.issues.map(({ title, state: open, labels }) => [title, open, labels]);
    assert.deepEqual(issues, [["Drift in dev", "open", ["drift"]]]);
    const body = github.issues[0]?.body ?? "";
    assert.match(body, /- \*\*gone\*\* `service-log`[^]*`minCapacity` `2` → `1`/);
    assert.doesNotMatch(body, /desiredCount/);
  });
});
