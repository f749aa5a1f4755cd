import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { contentHash } from "../../infra/content-hash";
import { projectFolder } from "../stack-file";

/**
 * Builds what the image would hold as its working directory, with the build script that the Dockerfile runs, and
 * returns the folder. It carries the hash that is the image's tag: the same content is built once, and another twin, or
 * a developer's build, does not take the code from under a running task.
 */
export async function buildImage(folder: string): Promise<string> {
  const context = join(projectFolder, "service");
  const tag = contentHash(context, process.version);
  const built = join(folder, tag);
  if (!existsSync(built)) {
    mkdirSync(folder, { recursive: true });
    await runBuild(context, `${built}.new`);
    renameSync(`${built}.new`, built);
  }
  for (const older of readdirSync(folder).filter((name) => name !== tag)) {
    rmSync(join(folder, older), { recursive: true });
  }
  return built;
}

async function runBuild(context: string, folder: string): Promise<void> {
  const build = spawn("npm", ["run", "build", "--silent", "--", folder], { cwd: context, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(build.stdout), text(build.stderr), once(build, "close")]);
  if (code !== 0) {
    throw new Error(`the build of service/ ends with exit code ${code}:\n${out}${err}`);
  }
}
