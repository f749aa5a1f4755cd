import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { copyProject } from "../project-copy";
import type { Answer, Asked } from "./asked";

/** Longer than all tests take where nothing is wrong, also on a busy machine. */
const limitMinutes = 20;

/** A copy of the project in which mistakes are made, and what runs in it. */
export class Trial {
  private readonly copy = copyProject();
  private readonly running = new Set<ChildProcess>();
  private tester: Tester | undefined;
  private removed = false;

  get folder(): string {
    return this.copy.folder;
  }

  /** The first test that fails, or how many pass. */
  async tests(asked: Asked): Promise<Answer> {
    this.tester ??= new Tester(this.started(() => fork(join(this.folder, "test/mutations/run-tests.ts"), [], {
      cwd: this.folder,
      execArgv: ["--require", join(this.folder, "offline/prelude.cjs"), "--import", "tsx"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    })));
    const answer = await this.tester.answer(asked);
    if (answer.failed && answer.how !== "asserted") {
      // What broke down may still be at it: the next question is for another process.
      await this.end(this.tester.child);
      this.tester = undefined;
    }
    return answer;
  }

  /** What the compiler says, empty when all is well. */
  async types(args: readonly string[]): Promise<string> {
    const tsc = join(this.folder, "node_modules/typescript/bin/tsc");
    const child = this.started(() => spawn(process.execPath, [tsc, ...args, "--pretty", "false"], {
      cwd: this.folder, stdio: ["ignore", "pipe", "pipe"], detached: true,
    }));
    const output = outputOf(child);
    const [code] = await once(child, "close") as [number | null];
    return code === 0 ? "" : output();
  }

  /** Ends what runs, with all that it has started, and takes the copy away. */
  async remove(): Promise<void> {
    this.removed = true;
    await Promise.all([...this.running].map((child) => this.end(child)));
    this.copy.remove();
  }

  private started(start: () => ChildProcess): ChildProcess {
    if (this.removed) {
      throw new Error(`${this.folder} is not there any more`);
    }
    const child = start();
    this.running.add(child);
    child.once("close", () => this.running.delete(child));
    return child;
  }

  private async end(child: ChildProcess): Promise<void> {
    const closed = this.running.has(child) && once(child, "close");
    endGroup(child);
    await closed;
  }
}

/**
 * A process that runs tests, one question after the other: to load the packages takes longer than most answers. What
 * mistakes leave behind in it would show at the end, when the tests are run once more without any.
 */
class Tester {
  private readonly output: () => string;

  constructor(readonly child: ChildProcess) {
    this.output = outputOf(child);
  }

  async answer(asked: Asked): Promise<Answer> {
    const { child } = this;
    const timer = setTimeout(() => endGroup(child), limitMinutes * 60_000);
    const over = new AbortController();
    try {
      child.send(asked);
      const { signal } = over;
      return await Promise.race([
        once(child, "message", { signal }).then(([answer]) => answer as Answer),
        once(child, "close", { signal }).then(([code, by]) => {
          throw new Error(`the tests ended with ${code ?? by} and without an answer; ${limitMinutes} minutes are allowed:\n${this.output()}`);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }
}

function outputOf(child: ChildProcess): () => string {
  const said: Buffer[] = [];
  child.stdout?.on("data", (text: Buffer) => said.push(text));
  child.stderr?.on("data", (text: Buffer) => said.push(text));
  return () => Buffer.concat(said).toString();
}

/** The process, and what it has started and not ended. */
function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? Number.NaN), "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
