import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { parse } from "yaml";

import { projectFolder } from "../../offline/stack-file";

const run = promisify(execFile);

/** A place where a CLI may be installed. No folder means the `pulumi` on the PATH. */
export interface Installation {
  readonly name: string;
  readonly root?: string;
}

/** In the order in which they are asked. */
export function installations(env: NodeJS.ProcessEnv = process.env): Installation[] {
  const versions = path.join(env.PULUMI_HOME || path.join(os.homedir(), ".pulumi"), "versions");
  const newestFirst = (fs.existsSync(versions) ? fs.readdirSync(versions) : [])
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return [
    ...env.PULUMI_ROOT ? [{ name: "PULUMI_ROOT", root: env.PULUMI_ROOT }] : [],
    { name: "pulumi on the PATH" },
    // Where npm's package `pulumi` and the Automation API install.
    ...newestFirst.map((version) => ({ name: `${versions}/${version}`, root: path.join(versions, version) })),
  ];
}

/** The first CLI that `requiredPulumiVersion` allows. The error is one line that names every place asked. */
export async function findPulumi(env: NodeJS.ProcessEnv): Promise<string> {
  const oldest = oldestVersion();
  const refusals: string[] = [];
  for (const { name, root } of installations(env)) {
    const file = root === undefined ? "pulumi" : path.join(root, "bin", "pulumi");
    const version = await versionOf(file, env);
    if (version !== undefined && version.localeCompare(oldest, "en", { numeric: true }) >= 0) {
      return file;
    }
    refusals.push(`${name}: ${version === undefined ? "not installed" : `is ${version}`}`);
  }
  throw new Error(`no Pulumi CLI ${oldest} or newer (${refusals.join("; ")}): `
    + "install one as https://www.pulumi.com/docs/install says and put it on the PATH");
}

/** `3.259.0` of `requiredPulumiVersion: ">=3.259.0"`. */
function oldestVersion(): string {
  const { requiredPulumiVersion } = parse(fs.readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8")) as
    { requiredPulumiVersion: string };
  const [, version] = /^>=(\d+\.\d+\.\d+)$/.exec(requiredPulumiVersion) ?? [];
  if (version === undefined) {
    throw new Error(`requiredPulumiVersion in Pulumi.yaml is "${requiredPulumiVersion}", but must be like ">=3.259.0"`);
  }
  return version;
}

/** Undefined where there is none. */
async function versionOf(file: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, ["version"], { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
    return stdout.trim().replace(/^v/, "") || "of no known version";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw new Error(`${file} version failed: ${(error as Error).message.trim()}`, { cause: error });
  }
}
