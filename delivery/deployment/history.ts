import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { projectFolder } from "../../offline/stack-file";

const run = promisify(execFile);

/** Ends the message of a commit that may lose what this names: `Allow-Loss: database-1`. */
export const lossTrailer = "Allow-Loss";

/** Ends the message of a commit that means to take back what was deployed by hand: `Take-Back: prod`. */
export const takeBackTrailer = "Take-Back";

/** The commit of this checkout. */
export async function headCommit(): Promise<string> {
  return (await git("rev-parse", "HEAD")).trim();
}

/** Whether a commit is one of those before another. A commit that this checkout does not know is not. */
export async function isBefore(commit: string, other: string): Promise<boolean> {
  if (commit === other) {
    return false;
  }
  try {
    await git("merge-base", "--is-ancestor", commit, other);
    return true;
  } catch (error) {
    // 1 says no; 128 that one of them is not here, as after a change of the branch's history.
    if ([1, 128].includes((error as { code?: number }).code ?? 0)) {
      return false;
    }
    throw error;
  }
}

/** The files of this checkout that differ from its commit, those that git does not know left out. */
export async function changedFiles(): Promise<string[]> {
  return (await git("diff", "--name-only", "--no-renames", "HEAD")).split("\n").filter((line) => line !== "");
}

/** A file as it is in the commit of this checkout. */
export function committedText(file: string): Promise<string> {
  return git("show", `HEAD:${file}`);
}

/** What of a folder two commits have otherwise, below it; undefined where this checkout does not know both. */
export async function changedBetween(commit: string, other: string, folder: string): Promise<string[] | undefined> {
  try {
    const paths = await git("diff", "--name-only", "--no-renames", "--relative=" + folder, commit, other);
    return paths.split("\n").filter((line) => line !== "");
  } catch (error) {
    if ((error as { code?: number }).code === 128) {
      return undefined;
    }
    throw error;
  }
}

/** What the messages of the commits after `since` say under a key at their end, such as `Allow-Loss: database`. */
export async function trailers(key: string, since: string | undefined): Promise<string[]> {
  const range = since === undefined || !await isBefore(since, "HEAD") ? ["-1", "HEAD"] : [`${since}..HEAD`];
  const lines = await git("log", ...range, `--format=%(trailers:key=${key},valueonly)`);
  return lines.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

async function git(...args: readonly string[]): Promise<string> {
  return (await run("git", args, { cwd: projectFolder })).stdout;
}
