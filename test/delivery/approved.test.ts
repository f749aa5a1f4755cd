import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { anything, fingerprintOf, refuseUnapproved } from "../../delivery/deployment/approved";
import { recordHistory, type DeploymentRecord } from "../../delivery/deployment/record";
import { unexpectedChanges } from "../../delivery/report/comments";
import { changeOf, type ChangeArgs } from "../../delivery/report/changes";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { projectFolder } from "../../offline/stack-file";
import { PreparedClone } from "../clone";
import { setEnvironment } from "../engine/environment";
import { GitHub } from "./github";
import { installRecordedPulumi, playedBy } from "./recorded-pulumi";
import { recordsIn } from "./records";
import { npmRun } from "./shell";

const resource = (name: string, more: Partial<ChangeArgs> = {}) =>
  changeOf({ urn: `accounts:infra:Service$aws:ecs/service:Service::${name}`, operation: "update", from: { cpu: 1 }, to: { cpu: 2 }, ...more });

describe("what was approved", () => {
  const before: DeploymentRecord = { commit: "c".repeat(40), image: "", run: "16", result: "deployed" };
  const [a, b] = [resource("a"), resource("b")];

  it("is the same in whatever order it is told, and whatever the values are", () => {
    assert.match(fingerprintOf([a, b]), /^[0-9a-f]{16}$/);
    assert.equal(fingerprintOf([b, a]), fingerprintOf([a, b]));
    assert.equal(fingerprintOf([resource("a", { from: { cpu: 4 }, to: { cpu: 8 } }), b]), fingerprintOf([a, b]));
  });

  it("is something else with another resource, operation, property, or reason to replace", () => {
    const others = [
      [a], [a, b, resource("c")], [a, resource("c")], [a, resource("b", { operation: "create" })],
      [a, resource("b", { from: { cpu: 1, memory: 1 }, to: { cpu: 2, memory: 2 } })], [a, resource("b", { operation: "replace" })],
      [a, resource("b", { operation: "replace", replacedBecause: ["cpu"] })],
    ];
    assert.equal(new Set([[a, b], ...others].map(fingerprintOf)).size, others.length + 1);
  });

  it("is what an update is held to, which names what it would be", () => {
    refuseUnapproved("prod", fingerprintOf([a, b]), [b, a], before);
    assert.throws(() => refuseUnapproved("prod", fingerprintOf([a]), [a, b], before), {
      message: "prod has changed since its update was approved: what would change now is something else. Nothing was changed. It is now\n"
        + "- update aws:ecs/service:Service a\n- update aws:ecs/service:Service b\n"
        + "To be asked again with what holds now, run all jobs of this run again, or start the workflow `deploy` by hand",
    });
    assert.throws(() => refuseUnapproved("prod", fingerprintOf([a]), [a, b], undefined), /prod has changed/);
  });

  it("binds nothing where nobody is asked, and where nothing would change any more", () => {
    refuseUnapproved("dev", anything, [a, b], before);
    refuseUnapproved("prod", fingerprintOf([a]), [], before);
  });

  it("includes the rest of an update that broke off in the same run, and in no other", () => {
    const restore = setEnvironment({ GITHUB_RUN_ID: "17" });
    const attempt = (record: Partial<DeploymentRecord>) => () => refuseUnapproved("prod", fingerprintOf([a, b]), [b], { ...before, ...record });
    try {
      for (const result of ["failed", "deploying"] as const) {
        assert.doesNotThrow(attempt({ run: "17", result }));
        assert.throws(attempt({ run: "16", result }), /prod has changed/);
      }
      assert.throws(attempt({ run: "17", result: "deployed" }), /prod has changed/);
    } finally {
      restore();
    }
  });
});

describe("npm run up -- --approved", function () {
  this.timeout(120_000);
  let folder: string;
  let clone: PreparedClone;
  let aws: Secrets;
  let github: GitHub;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "accounts-approved-"));
    clone = new PreparedClone();
    aws = await startSecrets({ secrets: [], parameters: [] });
    github = await new GitHub().start();
    github.environments.set("dev", { protection_rules: [{ type: "required_reviewers", reviewers: [{ type: "User" }] }] });
    await recordsIn(aws).put({ commit: clone.head, image: "", run: "16", result: "deployed" });
  });

  after(async () => {
    github?.stop();
    await aws?.stop();
    clone?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const summary = () => join(folder, "summary.md");
  const cli = () => join(folder, "pulumi");
  const events = (name: string) => readFileSync(join(projectFolder, "test", "delivery", "event-logs", `${name}.jsonl`), "utf8");

  /** A script, for which Pulumi finds what it found once. */
  function run(script: string, words: readonly string[], found: string, code: number, more: NodeJS.ProcessEnv = {}) {
    installRecordedPulumi(cli(), { events: events(found), code }, { events: "", code: 0 });
    return start(script, "dev", words, more);
  }

  function start(script: string, stack: string, words: readonly string[], more: NodeJS.ProcessEnv = {}) {
    return npmRun(script, [stack, "--image", `sha256:${"a".repeat(64)}`, ...words], {
      folder: clone.folder,
      env: {
        ...github.environment, PATH: [folder, process.env.PATH].join(delimiter), GITHUB_RUN_ID: "17", GITHUB_STEP_SUMMARY: summary(),
        AWS_ENDPOINT_URL_SSM: aws.url, AWS_ACCESS_KEY_ID: "deploy", AWS_SECRET_ACCESS_KEY: "stand-in", ...more,
      },
    });
  }

  it("takes what npm run would-change has said, and refuses another change before it is made", async () => {
    const asked = await run("would-change", [], "one-setting", unexpectedChanges);
    const [, approved = ""] = /^proceed=true\napproved=([0-9a-f]{16})\n$/.exec(asked.stdout) ?? [];
    assert.notEqual(approved, "", asked.stdout + asked.stderr);

    const other = await run("up", ["--approved", approved], "new-resource", 0);
    assert.equal(other.code, 1, other.stdout);
    assert.match(other.stderr, /^dev has changed since its update was approved/m);
    assert.match(readFileSync(summary(), "utf8"), /^## `npm run up` failed\n\n```\ndev has changed since its update was approved/m);
    assert.equal(playedBy(cli()), 1, "more than the preview has run");

    const same = await run("up", ["--approved", approved], "one-setting", 0);
    assert.equal(same.code, 0, same.stderr);
    assert.equal(playedBy(cli()), 2, "no update has run");
  });

  it("says in the record that it deploys before it does: a job that is ended from outside leaves that behind", async () => {
    const { code, stderr } = await run("up", ["--approved", anything], "one-setting", 0);
    assert.equal(code, 0, stderr);

    const restore = setEnvironment({ AWS_ENDPOINT_URL_SSM: aws.url, AWS_ACCESS_KEY_ID: "reader", AWS_SECRET_ACCESS_KEY: "stand-in" });
    const [deployed, deploying] = await recordHistory("dev").finally(restore);
    assert.deepEqual([deployed?.result, deploying?.result], ["deployed", "deploying"]);
    const began = statSync(`${cli()}.played`).mtimeMs;
    assert.ok(deploying!.at.getTime() < began, `written at ${deploying!.at.toISOString()}, begun at ${new Date(began).toISOString()}`);
  });

  it("has failed where its smoke test has, also by the record: a red run says what runs", async () => {
    const { code } = await run("up", ["--approved", anything, "--smoke"], "one-setting", 0);
    assert.notEqual(code, 0, "the exit code of the smoke test is lost");
    assert.match(readFileSync(summary(), "utf8"), /^## dev: the smoke test failed$/m);
    assert.equal((await recordsIn(aws).all()).at(-1)?.result, "failed");
  });

  it("is not asked for where its preview has failed, nor where nobody would be asked", async () => {
    const failed = await run("would-change", [], "failed-preview", 255);
    assert.deepEqual([failed.code, failed.stdout], [1, ""], failed.stderr);
    assert.match(failed.stderr, /^the preview of dev ended with 255/m);

    const reviewed = github.environments.get("dev")!;
    github.environments.set("dev", { protection_rules: [] });
    const { stdout } = await run("would-change", [], "one-setting", unexpectedChanges)
      .finally(() => github.environments.set("dev", reviewed));
    assert.match(stdout, /^proceed=false$/m);
  });

  it("loses nothing for ever that no commit allows, where data is kept", async () => {
    const ofAlarm = events("one-setting");
    const ofDatabase = ofAlarm.replaceAll("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:rds/instance:Instance")
      .replaceAll('"op": "update"', '"op": "replace"');
    installRecordedPulumi(cli(), { events: ofDatabase, code: 0 });
    const { code, stderr } = await start("up", "prod", ["--approved", anything]);
    assert.equal(code, 1, "the update was made");
    assert.match(stderr, /^prod keeps data, and nothing was changed:\n- aws:rds\/instance:Instance \S+ would be/m);
    assert.equal(playedBy(cli()), 1, "more than the preview has run");
  });

  it("refreshes after an update that did not end well, and where the job is run again", async () => {
    const refreshed = async (result: DeploymentRecord["result"], GITHUB_RUN_ATTEMPT: string) => {
      await recordsIn(aws).put({ commit: clone.head, image: "", run: "16", result });
      const { code, stderr } = await run("up", ["--approved", anything], "one-setting", 0, { GITHUB_RUN_ATTEMPT });
      assert.equal(code, 0, stderr);
      return readFileSync(`${cli()}.played`, "utf8").trim().split("\n").map((words) => words.split(" ").includes("--refresh"));
    };
    assert.deepEqual(await refreshed("deployed", "1"), [false, false], "preview and update after a good one");
    assert.deepEqual(await refreshed("failed", "1"), [true, true], "preview and update after a bad one");
    assert.deepEqual(await refreshed("deployed", "2"), [true, true], "preview and update of a second attempt");
  });
});
