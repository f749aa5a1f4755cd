import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";

import { projectFolder } from "../../offline/stack-file";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NpmRunOptions {
  /** The whole environment beside `PATH` and `HOME`. */
  readonly env?: NodeJS.ProcessEnv;
  /** The project; this one if not given. */
  readonly folder?: string;
  /** What a person types. */
  readonly input?: string;
}

/** `npm run <script> -- <words>`, as a person types it. */
export async function npmRun(script: string, words: readonly string[], options: NpmRunOptions = {}): Promise<Ended> {
  const { env, folder = projectFolder, input = "" } = options;
  const { PATH, HOME } = process.env;
  const child = spawn("npm", ["run", "--silent", script, "--", ...words], {
    cwd: folder, env: { PATH, HOME, ...env }, stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that refuses at once has closed its end before.
  child.stdin.on("error", () => undefined).end(input);
  return ended(child);
}

/** What a process has said, and how it has ended. */
export async function ended(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout), text(child.stderr), once(child, "close") as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}
