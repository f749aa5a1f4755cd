import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { join } from "node:path";

import { projectFolder } from "../stack-file";

/**
 * Builds what the image would hold as its working directory, with the build script that the Dockerfile runs. In a
 * folder of its own: another twin, or a developer's build, must not take the code from under a running task.
 */
export async function buildImage(folder: string): Promise<void> {
  const service = join(projectFolder, "service");
  const build = spawn("npm", ["run", "build", "--silent", "--", folder], { cwd: service, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(build.stdout), text(build.stderr), once(build, "close")]);
  if (code !== 0) {
    throw new Error(`the build of service/ ends with exit code ${code}:\n${out}${err}`);
  }
}
