import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { committedStacks, projectFolder, readStackFile } from "../../offline/stack-file";
import { isRecorded, type DeploymentRecord } from "../deployment/record";
import { stackReference } from "../target";
import { imageUri } from "./uri";

/** The image that a stack's file names, which stays until somebody takes it out there; empty where there is none. */
export function pinnedImage(stack: string): string {
  return committedStacks().includes(stack) ? readStackFile(stack)["accounts:image"] ?? "" : "";
}

/**
 * What a stack is to run: what its file names, what is asked for, or what it ran before. Nothing where the program is
 * to build one; a stack that a pipeline deploys never does, as it has no repository of its own.
 */
export function imageFor(stack: string, asked?: string, before?: DeploymentRecord): string | undefined {
  const named = asked?.startsWith("sha256:") ? imageUri(asked) : asked;
  const image = pinnedImage(stack) || named || before?.image;
  if (image === undefined && isRecorded(stack)) {
    throw new Error(`nothing was deployed to ${stack} yet, and no image is named: let deploy.yml build one, or name it with `
      + "--image sha256:<64 hex digits>");
  }
  return image;
}

/**
 * Runs something with Pulumi's arguments for a stack and an image, under the project's policies. Pulumi saves what it
 * is told by `--config` in the stack's file, where it would stay; so it is told of a copy.
 */
export async function withStack<T>(
  stack: string, image: string | undefined, run: (args: readonly string[]) => Promise<T>,
): Promise<T> {
  const chosen = ["--stack", stackReference(stack), "--policy-pack", join(projectFolder, "policy")];
  const file = join(projectFolder, `Pulumi.${stack}.yaml`);
  if (image === undefined || !committedStacks().includes(stack)) {
    return run([...chosen, ...image === undefined ? [] : ["--config", `accounts:image=${image}`]]);
  }
  const folder = mkdtempSync(join(tmpdir(), "accounts-stack-"));
  try {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    return await run([...chosen, "--config-file", copy, "--config", `accounts:image=${image}`]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
