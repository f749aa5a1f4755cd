import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { runPulumi } from "../../delivery/pulumi/run";
import { projectFolder } from "../../offline/stack-file";
import { callsOf, installFakePulumi, signalsOf } from "./fake-pulumi";

const shell = dirname("/bin/sh");
const script = ["--require", "./offline/prelude.cjs", "--import", "tsx", "test/delivery/run-pulumi.ts"];

describe("running Pulumi", function () {
  this.timeout(60_000);
  let folder: string;
  let cli: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "accounts-pulumi-")));
    cli = join(folder, "path", "pulumi");
    env = {
      PATH: [dirname(cli), shell].join(delimiter), PULUMI_HOME: join(folder, "home"), HOME: folder, TMPDIR: tmpdir(),
    };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** From the shell, as a script of delivery/ runs it. */
  function start(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [...script, ...args], {
      cwd: projectFolder, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"], detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += String(chunk)));
    }
    return { child, output: () => output, ended: once(child, "close").then(([code]) => code as number) };
  }

  const said = async (words: string, child: ChildProcess, output: () => string): Promise<void> => {
    while (!output().includes(words)) {
      await once(child.stdout!, "data");
    }
  };

  it("takes the CLI of the PATH, hands on arguments, output and exit code, and brings npm's Node", async () => {
    installFakePulumi(cli);
    const { ended, output } = start(["exit", "7", "--diff", "two words"]);

    assert.equal(await ended, 7, output());
    assert.match(output(), /said by pulumi/);
    assert.match(output(), /complained by pulumi/);
    const [call] = callsOf(cli);
    assert.deepEqual(call?.args, ["exit", "7", "--diff", "two words"]);
    assert.equal(call?.cwd, projectFolder);
    assert.ok(call?.env.PATH?.startsWith(join(projectFolder, "node_modules", ".bin") + delimiter), call?.env.PATH);
    assert.equal(call?.env.PULUMI_NODEJS_TRANSPILE_ONLY, undefined, "nobody checked the types");
  });

  it("returns what it captured, and shows nothing of it", async () => {
    installFakePulumi(cli);

    assert.deepEqual(await runPulumi(["exit", "3"], { cwd: folder, env, output: "capture" }),
      { code: 3, stdout: "said by pulumi\n", stderr: "complained by pulumi\n" });
    assert.equal(callsOf(cli)[0]?.cwd, folder);
  });

  it("lets Pulumi load the program without a check of its own only after the types were checked", async () => {
    installFakePulumi(cli);
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(join(project, "tsconfig.json"), '{"files":["a.ts"],"compilerOptions":{"lib":["es5"]}}');
    writeFileSync(join(project, "a.ts"), "export const wrong: number = 'text';\n");
    const refused = start(["up"], { TYPES: project });

    assert.equal(await refused.ended, 1);
    assert.match(refused.output(), /a\.ts\(1,14\): error TS2322/);
    assert.match(refused.output(), /^the types of the program are wrong, see above: nothing was .* changed$/m);
    assert.deepEqual(callsOf(cli), []);

    writeFileSync(join(project, "a.ts"), "export const right: number = 1;\n");
    const { ended, output } = start(["up"], { TYPES: project });

    assert.equal(await ended, 0, output());
    const [call] = callsOf(cli);
    assert.deepEqual([call?.cwd, call?.env.PULUMI_NODEJS_TRANSPILE_ONLY], [project, "true"]);
  });

  it("takes the newest that npm's package installed where the PATH has none that is new enough", async () => {
    installFakePulumi(cli, { version: "3.258.0" });
    const versions = join(folder, "home", "versions");
    for (const version of ["3.899.0", "3.1000.0"]) {
      installFakePulumi(join(versions, version, "bin", "pulumi"), { version });
    }
    const { ended, output } = start(["up"]);

    assert.equal(await ended, 0, output());
    const taken = join(versions, "3.1000.0", "bin", "pulumi");
    assert.equal(callsOf(taken).length, 1);
    assert.equal(callsOf(taken)[0]?.env.PATH?.split(delimiter)[1], dirname(taken), "the language host of another CLI");
  });

  it("says in one line where it looked and how to get one, when none is there or all are too old", async () => {
    mkdirSync(dirname(cli));
    const none = start(["up"]);
    assert.equal(await none.ended, 1);
    assert.equal(none.output(), "no Pulumi CLI 3.259.0 or newer (pulumi on the PATH: not installed): "
      + "install one as https://www.pulumi.com/docs/install says and put it on the PATH\n");

    installFakePulumi(cli, { version: "3.99.0" });
    const old = start(["up"]);
    assert.equal(await old.ended, 1);
    assert.match(old.output(), /^no Pulumi CLI 3\.259\.0 or newer \(pulumi on the PATH: is 3\.99\.0\): install/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`hands on ${signal} once, when it comes to the group and again through npm, and waits for the end`, async () => {
      installFakePulumi(cli);
      const { child, output, ended } = start(["wait"]);
      await said("waiting", child, output);
      process.kill(-child.pid!, signal);
      await said("asked to stop", child, output);
      process.kill(child.pid!, signal);

      assert.equal(await ended, 42, output());
      assert.deepEqual(signalsOf(cli), [signal]);
    });
  }

  it("leaves Ctrl-C to the terminal, which sends it to Pulumi, too", async function () {
    if (process.platform !== "linux") {
      this.skip(); // `script` takes other arguments elsewhere.
    }
    installFakePulumi(cli);
    const command = `exec "${process.execPath}" ${script.join(" ")} wait`;
    const child = spawn("/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      cwd: projectFolder, env: { ...env, SHELL: "/bin/sh" }, stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
    const ended = once(child, "close");
    await said("waiting", child, () => output);
    child.stdin.write("\x03");
    await said("asked to stop", child, () => output);
    process.kill(callsOf(cli)[0]!.ppid, "SIGINT"); // as npm hands it on

    assert.equal((await ended)[0], 42, output);
    assert.deepEqual(signalsOf(cli), ["SIGINT"]);
  });
});
