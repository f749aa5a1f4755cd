import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import { cpuOf, memoryOf } from "./machine.ts";

/** A way to answer the same requests from the same database. */
export interface Variant {
  /** As the tables show it. */
  readonly name: string;
  /** Of node: options and file. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface ServerOptions {
  /** As `taskset` takes it; anywhere when undefined. */
  readonly cpuList: string | undefined;
  /** Takes the log of the server, like the pipe to ECS's log driver would. */
  readonly logFile: string;
  /** Answered with 200 as soon as the server and its database work together. */
  readonly probe: { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  readonly signal: AbortSignal;
}

const POLL_MILLISECONDS = 2;
const PATIENCE_MILLISECONDS = 30_000;

/** A variant as a process of its own. */
export class Server {
  /** From the start of the process to its first answer out of the database. */
  readonly startMilliseconds: number;
  readonly #process: ChildProcess;

  private constructor(
    readonly variant: Variant, readonly port: number, process: ChildProcess, startMilliseconds: number,
  ) {
    this.#process = process;
    this.startMilliseconds = startMilliseconds;
  }

  static async start(variant: Variant, options: ServerOptions): Promise<Server> {
    const port = await freePort();
    const begun = performance.now();
    const child = spawnVariant(variant, port, options);
    const stop = (): void => void child.kill("SIGKILL");
    // Also when the bench itself breaks down.
    process.once("exit", stop);
    child.once("close", () => process.off("exit", stop));
    try {
      while (!await answers(port, options.probe)) {
        options.signal.throwIfAborted();
        if (child.exitCode !== null || performance.now() - begun > PATIENCE_MILLISECONDS) {
          throw new Error(`${variant.name} does not answer ${options.probe.path} with 200`
            + ` (exit code ${child.exitCode}): see its log with --log <file>`);
        }
        await sleep(POLL_MILLISECONDS);
      }
    } catch (error) {
      stop();
      throw error;
    }
    return new Server(variant, port, child, performance.now() - begun);
  }

  /** CPU time so far, in microseconds. */
  get cpuMicroseconds(): number {
    return cpuOf(this.#process.pid!);
  }

  get memoryMiB(): number {
    return memoryOf(this.#process.pid!);
  }

  /** Without waiting for requests in flight: there are none. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
      await once(this.#process, "close");
    }
  }
}

function spawnVariant(
  { command, folder, variables }: Variant, port: number, { cpuList, logFile }: ServerOptions,
): ChildProcess {
  const node = [process.execPath, ...command];
  const [program = "", ...args] = cpuList === undefined ? node : ["taskset", "-c", cpuList, ...node];
  const log = openSync(logFile, "a");
  const env = { ...variables, PATH: process.env["PATH"], PORT: String(port) };
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", log, "inherit"] });
  closeSync(log);
  return child;
}

function answers(port: number, { path, headers }: ServerOptions["probe"]): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      response.resume().on("close", () => resolve(response.statusCode === 200));
    }).on("error", () => resolve(false));
  });
}
