import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { pauseSeconds } from "../../delivery/deployment/drift-looks";
import { deploymentRecord } from "../../delivery/names";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { PreparedClone } from "../clone";
import { ExampleProject } from "../example/project";
import { GitHub } from "./github";
import { installRecordedPulumi, playedBy, type Recorded } from "./recorded-pulumi";
import { ended } from "./shell";
import { after as done, before as begun, line, type Step } from "./steps";

const script = ["--require", "./offline/prelude.cjs", "--import", "tsx", "delivery/drift.ts"];

/** What a refresh finds of resources that have other inputs now; of the database where no other is named. */
function found(...steps: readonly Pick<Step, "urn" | "old" | "new">[]): Recorded {
  const events = steps.map((step) => begun({ op: "refresh", ...step }) + done({ op: "update", ...step }));
  return { code: 7, events: events.join("") };
}

const port = (now: number) => ({ old: { inputs: { port: 5432 } }, new: { inputs: { port: now } } });
const portIs = (now: number): Recorded => found(port(now));

/** Of what AWS changes by itself. */
const scaled = {
  urn: "accounts:infra:Service$aws:ecs/service:Service::service",
  old: { inputs: { desiredCount: 2 } }, new: { inputs: { desiredCount: 4 } },
};

const nothing: Recorded = { code: 0, events: "" };

const lockedOut: Recorded = { code: 255, events: "", stderr: "error: the stack is currently locked by 1 lock(s). Either wait\n" };

describe("npm run drift", function () {
  this.timeout(120_000);
  let project: ExampleProject;
  let folder: string;
  let github: GitHub;

  before(() => {
    project = new ExampleProject();
  });

  after(() => project.remove());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "accounts-drift-"));
    github = await new GitHub().start();
  });

  afterEach(() => {
    github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = () => join(folder, "path", "pulumi");

  async function drift(
    recorded: Recorded | readonly Recorded[], args: readonly string[] = ["dev"], env: NodeJS.ProcessEnv = github.environment,
    cwd = project.folder,
  ) {
    installRecordedPulumi(cli(), ...[recorded].flat());
    const child = spawn(process.execPath, [...script, ...args], {
      cwd,
      env: {
        PATH: [dirname(cli()), dirname("/bin/sh")].join(delimiter), HOME: folder, TMPDIR: tmpdir(),
        GITHUB_STEP_SUMMARY: join(folder, "summary.md"), DRIFT_PAUSE_SECONDS: "0", ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { code, stdout, stderr } = await ended(child);
    return { code, output: stdout + stderr };
  }

  const states = () => github.issues.map(({ number, state }) => `${number} ${state}`);
  const summary = () => existsSync(join(folder, "summary.md")) ? readFileSync(join(folder, "summary.md"), "utf8") : "";

  it("opens one issue, says nothing twice, and closes it when it is over", async () => {
    assert.equal((await drift(portIs(1))).code, 0);
    assert.equal((await drift(portIs(1))).code, 0);
    assert.deepEqual([states(), github.comments], [["1 open"], []]);
    assert.match(github.issues[0]?.body ?? "", /`port` `5432` → `1`/);
    assert.match(summary(), /`port` `5432` → `1`/);

    assert.equal((await drift(portIs(2))).code, 0);
    assert.match(github.issues[0]?.body ?? "", /`port` `5432` → `2`/);
    assert.deepEqual(github.comments.map(({ body }) => body), ["The difference is now another one: see above."]);

    assert.equal((await drift(nothing)).code, 0);
    assert.deepEqual(states(), ["1 closed"]);
    assert.equal(github.comments.at(-1)?.body, "dev is again as Pulumi has left it.");

    await drift(nothing);
    assert.equal(github.comments.length, 2);
  });

  it("opens an issue again that somebody has closed, as long as the difference is the same, else a new one", async () => {
    await drift(portIs(1));
    github.issues[0]!.state = "closed";
    await drift(portIs(1));
    assert.deepEqual(states(), ["1 open"]);

    github.issues[0]!.state = "closed";
    await drift(portIs(2));
    assert.deepEqual(states(), ["1 closed", "2 open"]);
  });

  it("finds its issue behind 120 others, and none of another stack, a pull request or a person", async () => {
    await drift(portIs(1));
    const { body } = github.issues[0]!;
    Array.from({ length: 120 }, (_, index) => github.issue({ title: `other ${index}`, body: "", labels: ["drift"] }));
    github.issue({ title: "pull request", body, labels: ["drift"], pull_request: {} });
    github.issue({ title: "copy", body, labels: ["drift"], user: { type: "User" } });
    await drift(nothing);
    assert.deepEqual(github.issues.filter(({ state }) => state === "closed").map(({ number }) => number), [1]);

    await drift(portIs(1), ["prod"]);
    assert.equal(github.issues.at(-1)?.title, "Drift in prod");
  });

  it("fails where nobody can look, with what Pulumi said on the job's page, and touches no issue", async () => {
    await drift(portIs(1));
    const { code, output } = await drift({
      code: 255, stderr: "error: failed to decrypt\n",
      events: line({ diagnosticEvent: { severity: "error", message: "no credentials", color: "never" } }),
    });

    assert.equal(code, 255, output);
    assert.match(summary(), /nobody could look for drift[^]*no credentials/);
    assert.deepEqual(states(), ["1 open"]);
  });

  it("looks once where all is well, and twice before it says anything else", async () => {
    await drift(nothing);
    assert.equal(playedBy(cli()), 1);

    const { code, output } = await drift([portIs(1), nothing]);
    assert.deepEqual([code, playedBy(cli()), states()], [0, 2, []]);
    assert.match(output, /something differs; looking again in 0 s, since AWS may just be changing/);
    assert.match(summary(), /AWS is as Pulumi has left it\n$/);
  });

  it("reports only what both looks have seen, as the second has", async () => {
    const storageToo = { old: { inputs: { port: 5432, storage: 20 } }, new: { inputs: { port: 2, storage: 40 } } };
    await drift([portIs(1), found(scaled, storageToo)]);

    assert.match(github.issues[0]?.body ?? "", /`port` `5432` → `2`/);
    assert.doesNotMatch(github.issues[0]?.body ?? "", /desiredCount|storage/);
  });

  it("touches no issue where two looks have nothing in common", async () => {
    await drift(portIs(1));
    const { code } = await drift([found(scaled), portIs(2)]);

    assert.deepEqual([code, states(), github.comments], [0, ["1 open"], []]);
    assert.match(summary(), /AWS is just changing\n\nTwo looks have found two differences, with nothing in common/);
  });

  it("touches no issue where another update keeps it out, at the first look or at the second", async () => {
    await drift(portIs(1));
    for (const looks of [[lockedOut], [portIs(2), lockedOut]]) {
      const { code, output } = await drift(looks);

      assert.deepEqual([code, states(), github.comments], [0, ["1 open"], []], output);
      assert.match(summary(), /nobody has looked for drift\n\nAn update is under way, which changes AWS before Pulumi/);
    }
  });

  it("waits five minutes between two looks, unless it is told otherwise, and no longer than its job has", () => {
    assert.equal(pauseSeconds({}), 300);
    assert.equal(pauseSeconds({ DRIFT_PAUSE_SECONDS: "900" }), 900);
    for (const wrong of ["", "soon", "-1", "901", "0.5"]) {
      assert.throws(() => pauseSeconds({ DRIFT_PAUSE_SECONDS: wrong }),
        new RegExp(`^Error: DRIFT_PAUSE_SECONDS is "${wrong}", but must be 0 to 900 seconds$`));
    }
  });

  describe("of a stack that has a record of its deployments", () => {
    let clone: PreparedClone;
    let aws: Secrets | undefined;

    before(() => {
      clone = new PreparedClone();
    });

    after(() => clone.remove());

    afterEach(() => aws?.stop());

    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

    async function driftAfter(value: object | string | undefined, lastModified = hoursAgo(0)) {
      const name = deploymentRecord("dev");
      aws = await startSecrets({
        secrets: [],
        parameters: value === undefined ? []
          : [{ name, arn: name, type: "String", lastModified, value: typeof value === "string" ? value : JSON.stringify(value) }],
      });
      const env = {
        ...github.environment, AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ENDPOINT_URL_SSM: aws.url,
        AWS_ACCESS_KEY_ID: "preview", AWS_SECRET_ACCESS_KEY: "stand-in",
      };
      return drift(portIs(1), ["dev"], env, clone.folder);
    }

    const record = { commit: "c".repeat(40), image: "", run: "17" };

    it("is not looked for while one is under way", async () => {
      assert.equal((await driftAfter({ ...record, result: "deploying" }, hoursAgo(1))).code, 0);
      assert.deepEqual([playedBy(cli()), states()], [0, []]);
      assert.match(summary(), /An update is under way/);
    });

    for (const [when, value, at] of [
      ["none was made yet", undefined, undefined],
      ["the last went well", { ...record, result: "deployed" }, undefined],
      ["the last has failed", { ...record, result: "failed" }, undefined],
      ["the last was ended from outside, longer ago than one can take", { ...record, result: "deploying" }, hoursAgo(7)],
    ] as const) {
      it(`is looked for where ${when}`, async () => {
        const { code, output } = await driftAfter(value, at);
        assert.deepEqual([code, playedBy(cli()), states()], [0, 2, ["1 open"]], output);
      });
    }

    it("is not looked for where nobody can tell, by a record that cannot be read", async () => {
      const { code, output } = await driftAfter("oops");

      assert.deepEqual([code, playedBy(cli()), states()], [1, 0, []]);
      assert.match(output, /the parameter \/pipeline-accounts\/dev is "oops", but must be a record/);
    });
  });

  it("tells a person by the terminal and the exit code", async () => {
    const { code } = await drift(portIs(1), ["dev"], {});

    assert.equal(code, 7);
    assert.deepEqual(github.asked, []);
  });

  it("fails where GitHub takes no issues, and for what is no stack", async () => {
    github.readOnly = true;
    const refused = await drift(portIs(1));
    assert.equal(refused.code, 1);
    assert.match(refused.output, /Resource not accessible by integration/);

    const { code, output } = await drift(nothing, ["staging"]);
    assert.equal(code, 1);
    assert.match(output, /the arguments are "staging", but must be one of dev, prod: npm run drift -- <stack>/);
  });
});
