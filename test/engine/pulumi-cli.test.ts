import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../../offline/stack-file";
import { committedVersion } from "./build-pulumi-cli";
import { setEnvironment } from "./environment";
import { findPulumiCli } from "./pulumi-cli";

describe("the Pulumi CLI of the engine tests", () => {
  const tooOld = "3.258.0";
  let folder: string;
  let said: string;
  let restore: () => void;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "accounts-pulumi-cli-"));
    // Nothing of this computer is found: neither a CLI nor Go.
    const restoreEnvironment = setEnvironment({
      PATH: path.join(folder, "path"),
      PULUMI_HOME: path.join(folder, "home"),
      XDG_CACHE_HOME: path.join(folder, "cache"),
      PULUMI_ROOT: undefined,
    });
    const { write } = process.stderr;
    said = "";
    process.stderr.write = (text: string | Uint8Array) => {
      said += String(text);
      return true;
    };
    restore = () => {
      process.stderr.write = write;
      restoreEnvironment();
    };
  });

  afterEach(() => {
    restore();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** A program that does what these lines of JavaScript say. */
  function install(file: string, script: string): void {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, `${file}.js`), script);
    const start = `#!/bin/sh\nexec "${process.execPath}" "${path.join(folder, file)}.js" "$@"\n`;
    fs.writeFileSync(path.join(folder, file), start, { mode: 0o755 });
  }

  function installPulumi(file: string, version: string): void {
    install(file, `console.log("v${version}");`);
  }

  /** A Go that notes each build, and builds a CLI by copying one. */
  function installGo(): void {
    installPulumi("built", committedVersion());
    install("path/go", `
      const fs = require("node:fs");
      if (process.argv[2] === "env") {
        console.log("go1.26");
      } else {
        fs.appendFileSync(${JSON.stringify(path.join(folder, "builds"))}, process.argv.slice(2).join(" ") + "\\n");
        fs.mkdirSync(process.env.GOBIN);
        fs.copyFileSync(${JSON.stringify(path.join(folder, "built"))}, process.env.GOBIN + "/pulumi");
      }
    `);
  }

  const builds = () => fs.readFileSync(path.join(folder, "builds"), "utf8").trim().split("\n");

  it("is that of PULUMI_ROOT before any other", async () => {
    installPulumi("root/bin/pulumi", "3.900.0");
    installPulumi("path/pulumi", "3.901.0");
    process.env.PULUMI_ROOT = path.join(folder, "root");

    assert.equal((await findPulumiCli()).version?.format(), "3.900.0");
  });

  it("is that of the PATH, when the one before it is too old", async () => {
    installPulumi("root/bin/pulumi", tooOld);
    installPulumi("path/pulumi", "3.901.0");
    process.env.PULUMI_ROOT = path.join(folder, "root");

    assert.equal((await findPulumiCli()).version?.format(), "3.901.0");
  });

  it("is the newest that npm's package has installed", async () => {
    for (const version of [tooOld, "3.899.0", "3.1000.0"]) {
      installPulumi(`home/versions/${version}/bin/pulumi`, version);
    }

    assert.equal((await findPulumiCli()).version?.format(), "3.1000.0");
  });

  it("is built once with Go, from the committed module, when none is installed", async () => {
    installGo();

    assert.equal((await findPulumiCli()).version?.format(), committedVersion());
    await findPulumiCli();
    assert.equal(builds().length, 1);
    assert.match(said, /^building the Pulumi CLI .+ with Go: about three minutes, only once\n$/);
    assert.match(builds()[0]!, new RegExp(`^install .*version\\.Version=${committedVersion()} tool$`));
  });

  it("may be built by two runs at once", async () => {
    installGo();

    const found = await Promise.all([findPulumiCli(), findPulumiCli()]);

    assert.deepEqual(found.map(({ version }) => version?.format()), [committedVersion(), committedVersion()]);
    assert.equal(builds().length, 2);
    assert.equal(fs.readdirSync(path.join(folder, "cache/accounts/pulumi-cli")).length, 1);
  });

  it("is asked for in one line that names every place, when it is not to be had", async () => {
    installPulumi("root/bin/pulumi", tooOld);
    process.env.PULUMI_ROOT = path.join(folder, "root");

    await assert.rejects(findPulumiCli(), ({ message }: Error) => {
      assert.match(message, new RegExp(`^no Pulumi CLI ${committedVersion()} or newer`));
      assert.match(message, /\(PULUMI_ROOT: is 3\.258\.0; pulumi on the PATH: not installed; /);
      assert.match(message, /; building it with Go: not installed\)/);
      assert.ok(!message.includes("\n"));
      return true;
    });
  });

  for (const [ci, exitCode] of [["", 0], ["true", 1]] as const) {
    it(`is ${exitCode === 0 ? "missed loudly, and the suite skipped" : "demanded"} with CI=${ci}`, () => {
      const mocha = [path.join(projectFolder, "node_modules/mocha/bin/mocha.js"), "--node-option", "import=tsx"];
      const suite = path.join(__dirname, "names.test.ts");
      const { status, stdout, stderr } = spawnSync(process.execPath, [...mocha, "--no-config", suite], {
        cwd: projectFolder,
        env: { ...process.env, CI: ci },
        encoding: "utf8",
      });

      assert.equal(status, exitCode, stdout + stderr);
      assert.match(stdout, exitCode === 0 ? /1 pending/ : /no Pulumi CLI .+ or newer/);
      assert.equal(stderr.match(/ENGINE TESTS SKIPPED: no Pulumi CLI/g)?.length, exitCode === 0 ? 1 : undefined);
    });
  }
});
