import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { signal } from "../../offline/stand-ins/processes";

/** A shell that has ended. */
export interface Ended {
  readonly code: number | null;
  /** What it has said, with what it was asked. */
  readonly log: string;
}

const patienceSeconds = 5;

/** The shells of the steps that are under way, each with all that it starts in a process group of its own. */
export class Shells {
  private readonly running = new Set<ChildProcess>();

  /** Runs a script as GitHub runs a step whose shell is bash. */
  async run(script: string, command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    let log = `$ ${command}\n`;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (log += chunk));
    }
    const [code] = await once(child, "close") as [number | null];
    this.running.delete(child);
    return { code, log: `${log}exit code ${code}\n` };
  }

  /**
   * Ends what a test has left behind that failed in the middle. Pulumi ends what it began at the first signal and drops
   * it at the second; a stand-in that is gone would otherwise keep it waiting.
   */
  async stop(): Promise<void> {
    const ends = Promise.all([...this.running].map((child) => once(child, "close")));
    for (const name of ["SIGTERM", "SIGTERM", "SIGKILL"] as const) {
      this.running.forEach(({ pid = 0 }) => signal(-pid, name));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([ends, new Promise((resolve) => (timer = setTimeout(resolve, patienceSeconds * 1000)))]);
      clearTimeout(timer);
    }
  }
}
