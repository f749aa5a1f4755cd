import { strict as assert } from "node:assert";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { imageUri } from "../../delivery/image/uri";
import { deploymentRecord } from "../../delivery/names";
import { Stops } from "../../offline/twin/stops";
import { startTwin } from "../../offline/twin/twin";
import { dockerCalls } from "../delivery/fake-docker";
import { pulumiCliFor } from "../engine/pulumi-cli";
import type { JobRun } from "./runner";
import { Stage } from "./stage";
import { started } from "./started";

const results = (jobs: Record<string, JobRun>) =>
  Object.fromEntries(Object.values(jobs).map(({ name, result }) => [name, result]));

/** Fails with what the job has said. */
function assertResults(jobs: Record<string, JobRun>, expected: Record<string, JobRun["result"]>): void {
  const failed = Object.values(jobs).filter(({ name, result }) => result === "failure" && expected[name] !== "failure");
  assert.deepEqual(results(jobs), expected, failed.map(({ name, log }) => `${name}:\n${log}`).join("\n"));
}

const untilProd = {
  "tests / tests": "success", "stacks": "success", "image": "success", "dev / up": "success", "prod-changes": "success",
} as const;
const everyJob = { ...untilProd, "promote": "success", "supersede": "success", "prod / up": "success" } as const;
const notProd = { ...untilProd, "promote": "skipped", "supersede": "skipped", "prod": "skipped" } as const;

/** Each test goes on with what the one before it left, as the days of a project do. */
describe("the workflows, rehearsed from a pull request to prod", function () {
  this.timeout("20m");
  this.bail(true);
  const stops = new Stops();
  let stage: Stage;
  let main: string;
  // mocha itself would end at once, and leave behind what runs in process groups of its own.
  const interrupted = () => void stops.run().finally(() => process.exit(130));
  const signals = ["SIGINT", "SIGTERM"] as const;

  before(async function () {
    const { command } = await pulumiCliFor(this);
    signals.forEach((signal) => process.on(signal, interrupted));
    const directory = mkdtempSync(join(tmpdir(), "accounts-rehearsal-twin-"));
    stops.add(() => rmSync(directory, { recursive: true, force: true }));
    // PostgreSQL may run as somebody else.
    chmodSync(directory, 0o755);
    // The twin points this process at itself.
    const environment = { ...process.env };
    stops.add(() => void (process.env = environment));
    stage = new Stage();
    stops.add(() => stage.close());
    const [twin] = await started([
      startTwin({ stack: "dev", directory, fresh: true, port: 0, onProgress: () => undefined }, stops), stage.start(command),
    ] as const);
    main = stage.repository.main;
    stage.places.dev.balanceAt(new URL(twin.balancer.url).host);
    stage.secretsOfDev = twin.secrets.url;
  });

  after(() => stops.run());
  after(() => signals.forEach((signal) => process.off(signal, interrupted)));

  const record = async (stack: "dev" | "prod") => {
    const { Parameter } = await stage.records.call<{ Parameter: { Value: string } }>(
      "AmazonSSM.GetParameter", { Name: deploymentRecord(stack) }, "rehearsal");
    return JSON.parse(Parameter.Value) as { commit: string; image: string; result: string };
  };
  /** Of the comments in the pull request, with the lines that nobody sees. */
  const titles = () => stage.github.comments.map(({ body }) => body.split("\n").slice(0, 2).join("\n")).toSorted();
  const digest = () => imageUri([...stage.images.tags].find(([tag]) => !tag.startsWith("promoted-"))?.[1] ?? "");

  it("show what the first push would make, and deploy dev; prod has no reviewers yet, and nobody is surprised", async () => {
    const jobs = await stage.deploy();

    assertResults(jobs, notProd);
    assert.match(jobs["prod-changes"]!.summary, /## prod: not deployed\n\nThe environment `prod` of this repository has no required reviewers/);
    assert.equal(stage.places.dev.runningImage, digest());
    assert.match(jobs["dev / up"]!.log, /5 the answer goes back through the load balancer/);
    assert.deepEqual(await record("dev"), { commit: main, image: digest(), run: "1001", result: "deployed" });
  });

  it("ask for prod once it has reviewers, and deploy what dev runs, by the same digest, which is kept", async () => {
    stage.github.environments.set("prod", { protection_rules: [{ type: "required_reviewers", reviewers: [{ type: "User" }] }] });

    const jobs = await stage.deploy();

    assertResults(jobs, everyJob);
    assert.equal(jobs["prod / up"]!.environment, "prod");
    assert.equal(stage.places.prod.runningImage, digest());
    assert.equal(dockerCalls(stage.docker).length, 1, "the same content was built twice");
    assert.ok([...stage.images.tags.keys()].some((tag) => tag.startsWith("promoted-")));
    assert.deepEqual(await record("prod"), { commit: main, image: digest(), run: "1002", result: "deployed" });
  });

  it("say in a pull request why its previews failed, in the comment of each stack", async () => {
    stage.repository.branch("three-tasks");
    stage.repository.edit("environments/dev.ts", "minTasks: 2", 'minTasks: "3"');
    stage.repository.commit("dev: three tasks");

    const jobs = await stage.pullRequest("preview");

    assertResults(jobs, { "stacks": "success", "preview (dev)": "failure", "preview (prod)": "failure", "comment": "success" });
    assert.deepEqual(titles(), [
      "<!-- accounts: preview dev -->\n## 🧪 dev: the preview failed",
      "<!-- accounts: preview prod -->\n## 🔒 prod: the preview failed",
    ]);
    assert.ok(stage.github.comments.every(({ body }) => body.includes("the types of the program are wrong")));
  });

  it("tell in a pull request what it would change, in each stack a comment of its own, and change nothing", async () => {
    const before = [stage.places.dev.running, stage.places.prod.running];
    stage.repository.edit("environments/dev.ts", 'minTasks: "3"', "minTasks: 3");
    stage.repository.edit("plans/dev.yaml", /minCapacity: \d+/, "minCapacity: 30");
    stage.repository.commit("dev: three tasks, as a number");

    const jobs = await stage.pullRequest("preview");

    assertResults(jobs, { "stacks": "success", "preview (dev)": "success", "preview (prod)": "success", "comment": "success" });
    assert.deepEqual(titles(), [
      "<!-- accounts: preview dev -->\n## 🧪 dev: 2 to change",
      "<!-- accounts: preview prod -->\n## 🔒 prod: nothing would change",
    ]);
    assert.deepEqual([stage.places.dev.running, stage.places.prod.running], before);
  });

  it("give no rights to pull requests of forks, nor to what Dependabot brings", async () => {
    for (const from of [{ fork: true }, { author: "dependabot[bot]" }]) {
      assertResults(await stage.pullRequest("preview", from), { "stacks": "skipped", "preview": "skipped", "comment": "skipped" });
    }
  });

  it("compare the committed plans, and run the tests, also for a fork", async () => {
    const jobs = await stage.pullRequest("check", { fork: true });

    assertResults(jobs, { "tests / tests": "success", "mutations": "success", "plan": "success", "comment": "success" });
    assert.match(jobs["plan"]!.summary, /^## 📄 Plans: 🧪 dev 1 to change$/m);
    assert.match(jobs["comment"]!.log, /no comment: the token of this job may only read/);
  });

  it("deploy a change of dev alone, and ask nobody where nothing would change; the record follows", async () => {
    const commit = stage.repository.merge("three-tasks");

    const jobs = await stage.deploy();

    assertResults(jobs, notProd);
    assert.match(jobs["prod-changes"]!.summary, /## 🔒 prod: nothing would change/);
    assert.equal((await record("dev")).commit, commit);
    assert.equal((await record("prod")).commit, main);
  });

  it("refuse a commit that is older than what runs", async () => {
    const newest = stage.repository.main;

    const jobs = await stage.deploy(undefined, main);

    assert.equal(jobs["dev / up"]!.result, "failure");
    assert.match(jobs["dev / up"]!.log, new RegExp(`dev has had ${newest}, which is newer than ${main}`));
    assert.equal((await record("dev")).commit, newest);
  });

  it("tell of a drift in an issue where there is one, and that it is gone", async () => {
    const every = { "stacks": "success", "drift (dev)": "success", "drift (prod)": "success" } as const;
    const issues = () => stage.github.issues.map(({ title, state }) => `${title}: ${state}`);
    const target = stage.places.prod.provider.only("aws:appautoscaling/target:Target", "service-scaling");
    const { minCapacity } = target.properties;

    target.properties["minCapacity"] = 1;
    assertResults(await stage.drift(), every);
    assert.deepEqual(issues(), ["Drift in prod: open"]);

    target.properties["minCapacity"] = minCapacity;
    assertResults(await stage.drift(), every);
    assert.deepEqual(issues(), ["Drift in prod: closed"]);
  });

  it("say of a deployment that ECS took back what happened, and ask again although Pulumi sees nothing to do", async () => {
    stage.repository.edit("environments/prod.ts", 'logLevel: "info"', 'logLevel: "warn"');
    const commit = stage.repository.commit("prod: fewer lines");
    const before = stage.places.prod.running;
    stage.places.prod.rollouts.next = "taken back in silence";

    const failed = await stage.deploy();

    assertResults(failed, { ...everyJob, "prod / up": "failure" });
    assert.match(failed["prod / up"]!.summary, /## prod: The deployment was taken back\n\nECS went back to the version before, which serves on/);
    assert.equal(stage.places.prod.running, before);
    assert.deepEqual([(await record("prod")).commit, (await record("prod")).result], [commit, "failed"]);

    stage.places.prod.rollouts.next = "succeeds";
    const again = await stage.deploy();

    assertResults(again, everyJob);
    assert.match(again["prod-changes"]!.summary, /The last update ended as `failed`/);
    assert.notEqual(stage.places.prod.running, before);
    assert.equal((await record("prod")).result, "deployed");
  });
});
