import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const moduleFolder = path.join(__dirname, "pulumi-cli");
const buildLimitMinutes = 20;

/** The version of the CLI that `pulumi-cli/go.mod` names: the one that is built, and the oldest the tests take. */
export function committedVersion(): string {
  const match = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(read("go.mod"));
  if (match?.[1] === undefined) {
    throw new Error(`${moduleFolder}/go.mod must require github.com/pulumi/pulumi/pkg/v3 with a version`);
  }
  return match[1];
}

/** Builds the CLI with Go, or finds what an earlier run built. Returns the folder that holds `bin/pulumi`. */
export async function buildPulumiCli(): Promise<string> {
  const { stdout: platform } = await run("go", ["env", "GOVERSION", "GOOS", "GOARCH"], { cwd: moduleFolder });
  const key = createHash("sha256").update(platform + read("go.mod") + read("go.sum")).digest("hex").slice(0, 16);
  const root = path.join(cacheFolder(), `${committedVersion()}-${key}`);
  if (!fs.existsSync(path.join(root, "bin", "pulumi"))) {
    await build(root);
  }
  installAnalyzer(path.join(root, "bin"));
  return root;
}

/** A released CLI starts a pack of policies by itself; the one that is built looks for this command beside it. */
function installAnalyzer(folder: string): void {
  const command = path.join(folder, "pulumi-analyzer-policy-nodejs");
  if (!fs.existsSync(command)) {
    const writing = fs.mkdtempSync(`${command}-`);
    const run = 'exec node "$(node -p \'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")\')" "$@"';
    fs.writeFileSync(path.join(writing, "command"), `#!/bin/sh\n${run}\n`, { mode: 0o755 });
    fs.renameSync(path.join(writing, "command"), command);
    fs.rmdirSync(writing);
  }
}

/** Builds beside the final folder and renames, so that a run never sees half a CLI and two may build at once. */
async function build(root: string): Promise<void> {
  fs.mkdirSync(path.dirname(root), { recursive: true });
  const building = fs.mkdtempSync(`${root}-building-`);
  process.stderr.write(`building the Pulumi CLI ${committedVersion()} with Go: about three minutes, only once\n`);
  try {
    // Without the stamp `pulumi version` prints an empty line, which the Automation API refuses.
    const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${committedVersion()}`;
    await run("go", ["install", "-trimpath", "-ldflags", `-s -w ${stamp}`, "tool"], {
      cwd: moduleFolder,
      env: { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off", GOBIN: path.join(building, "bin") },
      timeout: buildLimitMinutes * 60_000,
      killSignal: "SIGINT",
    });
    publish(building, root);
  } finally {
    fs.rmSync(building, { recursive: true, force: true });
  }
}

function publish(building: string, root: string): void {
  try {
    fs.renameSync(building, root);
  } catch (error) {
    const builtMeanwhile = fs.existsSync(path.join(root, "bin", "pulumi"));
    if (!builtMeanwhile) {
      throw error;
    }
  }
}

function cacheFolder(): string {
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "accounts", "pulumi-cli");
}

function read(file: string): string {
  return fs.readFileSync(path.join(moduleFolder, file), "utf8");
}
