import { spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import { createInterface } from "node:readline";

import { signal, type ProcessFile } from "./processes";

/** A container to run as a process of this computer. */
export interface ContainerProcessArgs {
  readonly command: readonly string[];
  readonly directory: string;
  /** All of the environment; nothing of this process's own is added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stopTimeoutSeconds: number;
  readonly onLine: (line: string) => void;
  readonly processFile?: ProcessFile;
}

/** A container that runs as a process, in a process group of its own. */
export class ContainerProcess {
  /** The exit code as the container's: 128 and the signal's number for one that a signal has ended. */
  readonly exited: Promise<number>;

  private constructor(private readonly child: ChildProcess, private readonly args: ContainerProcessArgs) {
    const pid = child.pid!;
    args.processFile?.add(pid);
    this.exited = new Promise((resolve) => {
      // With the first process of a container, all of its processes end.
      child.once("exit", () => signal(-pid, "SIGKILL"));
      child.once("close", (code, name) => {
        args.processFile?.remove(pid);
        resolve(code ?? 128 + os.constants.signals[name!]);
      });
    });
    for (const input of [child.stdout!, child.stderr!]) {
      createInterface({ input, crlfDelay: Infinity }).on("line", args.onLine);
    }
  }

  /** Starts the process; an error when the program or the directory is not there. */
  static start(args: ContainerProcessArgs): Promise<ContainerProcess> {
    const [program = "", ...rest] = args.command;
    // Node blames the program when the directory is missing.
    if (!fs.existsSync(args.directory)) {
      return Promise.reject(new Error(`the folder ${args.directory} is not there`));
    }
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, {
        cwd: args.directory,
        env: args.environment,
        // Ctrl-C reaches every process of a terminal's group; tasks have to be stopped in order instead.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.once("error", reject);
      if (child.pid !== undefined) {
        resolve(new ContainerProcess(child, args));
      }
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** SIGTERM, and SIGKILL for everything in the container when the timeout is over. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => signal(-this.pid, "SIGKILL"), this.args.stopTimeoutSeconds * 1_000);
    await this.exited;
    clearTimeout(timer);
  }
}
