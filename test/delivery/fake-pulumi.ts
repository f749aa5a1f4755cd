import { installCommand, notesOf } from "./fake-command";

/** What a fake CLI was called with, and the signals that reached it. */
export interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The process that called it. */
  readonly ppid: number;
}

export interface FakePulumi {
  readonly version?: string;
  /** Of every stack. */
  readonly outputs?: object;
}

/**
 * Installs a CLI at `file`. It notes its calls beside itself; `wait` lets it run until it was asked to stop and half a
 * second more, in which it counts further requests.
 */
export function installFakePulumi(file: string, { version = "3.900.0", outputs = {} }: FakePulumi = {}): void {
  installCommand(file, `
    const fs = require("node:fs");
    const [command] = process.argv.slice(2);
    const note = (name, line) => fs.appendFileSync(${JSON.stringify(file)} + name, line + "\\n");
    if (command === "version") {
      console.log("v${version}");
    } else {
      note(".calls", JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env, ppid: process.ppid }));
      const outputs = ${JSON.stringify(outputs)};
      const output = process.argv[4] ?? "-";
      if (command === "stack" && process.argv[3] === "output" && output[0] !== "-" && outputs[output] === undefined) {
        process.exitCode = 255;
      }
      console.log(command !== "stack" ? "said by pulumi" : output[0] === "-" ? JSON.stringify(outputs) : outputs[output] ?? "");
      console.error("complained by pulumi");
      if (command === "exit") {
        process.exitCode = Number(process.argv[3]);
      }
      if (command === "wait") {
        for (const signal of ["SIGINT", "SIGTERM"]) {
          process.on(signal, () => {
            note(".signals", signal);
            console.log("asked to stop");
            setTimeout(() => process.exit(42), 500);
          });
        }
        setInterval(() => undefined, 60_000);
        console.log("waiting");
      }
    }
  `);
}

export function callsOf(file: string): Call[] {
  return notesOf(file, "calls").map((line) => JSON.parse(line) as Call);
}

export function signalsOf(file: string): string[] {
  return notesOf(file, "signals");
}
