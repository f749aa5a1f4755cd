import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";

import { projectFolder } from "../../offline/stack-file";
import { GitHub } from "./github";
import { installRecordedPulumi, type Recorded } from "./recorded-pulumi";
import { after, before, line } from "./steps";

const script = ["--require", "./offline/prelude.cjs", "--import", "tsx", "delivery/drift.ts"];

/** What a refresh finds of a database whose port is another one now. */
function portIs(port: number): Recorded {
  const step = { old: { inputs: { port: 5432 } }, new: { inputs: { port } } };
  return { code: 7, events: before({ op: "refresh", ...step }) + after({ op: "update", ...step }) };
}

const nothing: Recorded = { code: 0, events: "" };

describe("npm run drift", function () {
  this.timeout(120_000);
  let folder: string;
  let github: GitHub;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "accounts-drift-"));
    github = await new GitHub().start();
  });

  afterEach(() => {
    github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function drift(recorded: Recorded, args: readonly string[] = ["dev"], env: NodeJS.ProcessEnv = github.environment) {
    const cli = join(folder, "path", "pulumi");
    installRecordedPulumi(cli, recorded);
    const child = spawn(process.execPath, [...script, ...args], {
      cwd: projectFolder,
      env: {
        PATH: [dirname(cli), dirname("/bin/sh")].join(delimiter), HOME: folder, TMPDIR: tmpdir(),
        GITHUB_STEP_SUMMARY: join(folder, "summary.md"), ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    return { code: code as number, output: stdout + stderr };
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
