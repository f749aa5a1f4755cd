import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";

import { projectFolder } from "../../offline/stack-file";
import { findPulumi } from "./cli";
import { quickStart } from "./quick-start";

export interface PulumiOptions {
  /** The folder of the Pulumi project; this one if not given. */
  readonly cwd?: string;
  /** What differs from this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * `inherit` shows everything as it comes and lets Pulumi ask; `capture` shows nothing and returns it; `show` shows
   * everything as it comes and returns what was said on standard error.
   */
  readonly output: "inherit" | "capture" | "show";
}

export interface PulumiResult {
  /** Pulumi's exit code; 128 and the signal's number where a signal ended it, as shells say it. */
  readonly code: number;
  /** What was captured. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Ctrl-C reaches us from the terminal's group and once more through npm: one request of one person. */
const sameRequestMilliseconds = 1000;

const checkedFolders = new Set<string>();

/** Runs the CLI. Rejects when none is there; a failing command is told by its code. */
export async function runPulumi(args: readonly string[], options: PulumiOptions): Promise<PulumiResult> {
  const { cwd = projectFolder, output } = options;
  const given = { ...process.env, ...options.env };
  const cli = await findPulumi(given);
  const terminal = output === "inherit" && process.stdin.isTTY;
  const child = spawn(cli, args, {
    cwd,
    env: environmentFor(cwd, cli, given),
    // In a group of its own only what we hand on reaches it. With a terminal it must stay in ours to read answers.
    detached: !terminal,
    stdio: output === "inherit" ? "inherit" : ["ignore", output === "show" ? "inherit" : "pipe", "pipe"],
  });
  if (output === "show") {
    child.stderr?.pipe(process.stderr, { end: false });
  }
  const stopHandingOn = handOnSignals(child, terminal);
  try {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      child.stdout === null ? "" : text(child.stdout),
      child.stderr === null ? "" : text(child.stderr),
      once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    return { code: code ?? 128 + os.constants.signals[signal!], stdout, stderr };
  } finally {
    stopHandingOn();
  }
}

/**
 * Checks the types of a project before Pulumi runs it: it then loads the program without doing so again, in about a
 * sixth of the CPU time. What the compiler knows of unchanged files it keeps for the next check; in CI there is none.
 * Rejects after its messages were shown.
 */
export async function checkTypes(folder: string = projectFolder): Promise<void> {
  const tsc = require.resolve("typescript/bin/tsc");
  const known = path.join("node_modules", ".cache", "accounts", "types.tsbuildinfo");
  const args = [tsc, "--noEmit", ...process.env["CI"] ? [] : ["--incremental", "--tsBuildInfoFile", known]];
  const [code] = await once(spawn(process.execPath, args, { cwd: folder, stdio: "inherit" }), "close");
  if (code !== 0) {
    throw new Error("the types of the program are wrong, see above: nothing was previewed or changed");
  }
  checkedFolders.add(folder);
}

function environmentFor(cwd: string, cli: string, given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const first = [
    // Node as npm brings it.
    path.join(projectFolder, "node_modules", ".bin"),
    // The language host that belongs to this CLI.
    ...path.isAbsolute(cli) ? [path.dirname(cli)] : [],
  ];
  return {
    ...given,
    PATH: [...first, given.PATH].join(path.delimiter),
    ...checkedFolders.has(cwd) ? quickStart(given) : {},
  };
}

/**
 * Pulumi ends what it began at the first signal, and drops everything at the second: each request has to reach it
 * once. A terminal sends Ctrl-C to it by itself.
 */
function handOnSignals(child: ChildProcess, terminal: boolean): () => void {
  let handedOnAt = -Infinity;
  const handOn = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (now - handedOnAt > sameRequestMilliseconds && !(terminal && signal === "SIGINT")) {
      handedOnAt = now;
      child.kill(signal);
    }
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  signals.forEach((signal) => process.on(signal, handOn));
  return () => signals.forEach((signal) => process.off(signal, handOn));
}
