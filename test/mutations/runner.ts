import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectFolder } from "../../offline/stack-file";
import { apply, mutated, type Mutation } from "./mutation";
import { lineOf, reportOf, type Verdict } from "./report";
import type { Suites } from "./suites";
import { Trial } from "./trial";

export interface Run {
  readonly mutations: readonly Mutation[];
  readonly suites: Suites;
  /** What the compiler is told, which is asked where no test has noticed anything. */
  readonly types: readonly string[];
  /** So many are tried at once, each in a copy of its own. */
  readonly workers: number;
  readonly say: (line: string) => void;
}

/** Makes one wrong change after the other, and looks which test notices it. */
export class MutationRun {
  private readonly trials: Trial[] = [];
  private readonly verdicts: Verdict[] = [];
  private readonly left: Mutation[];
  private stopped = false;

  constructor(private readonly run: Run) {
    this.left = [...run.mutations];
  }

  /** 0 if each change was noticed, otherwise 1; says what it does, and how it ended. */
  async exitCode(): Promise<number> {
    const { mutations, say } = this.run;
    try {
      await this.tryAll();
      const verdicts = this.verdicts.toSorted((a, b) => mutations.indexOf(a.mutation) - mutations.indexOf(b.mutation));
      say(["", ...reportOf(verdicts)].join("\n"));
      return verdicts.every(({ by }) => by === "test" || by === "types") ? 0 : 1;
    } catch (error) {
      if (!this.stopped) {
        say((error as Error).message);
      }
      return 1;
    } finally {
      await this.stop();
    }
  }

  /** Ends what runs, and takes the copies away. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.trials.map((trial) => trial.remove()));
  }

  /** Throws if a mutation has lost its place in the code, or if tests fail without any: then all would be noticed. */
  private async tryAll(): Promise<void> {
    const { mutations, workers } = this.run;
    for (const mutation of mutations) {
      mutated(mutation, readFileSync(join(projectFolder, mutation.file), "utf8"));
    }
    for (let worker = 0; worker < Math.min(workers, mutations.length); worker += 1) {
      this.trials.push(new Trial());
    }
    await Promise.all(this.trials.map(async (trial, index) => {
      if (index === 0) {
        this.run.say(await this.refuseRed(trial));
      }
      for (let mutation = this.left.shift(); mutation && !this.stopped; mutation = this.left.shift()) {
        this.note(await this.tried(mutation, trial));
      }
      // What a mistake has left behind would make the next ones look noticed.
      await this.refuseRed(trial);
    }));
  }

  private async refuseRed(trial: Trial): Promise<string> {
    const { all, unless } = this.run.suites;
    const started = Date.now();
    const answer = await trial.tests({ groups: [all], unless: unless.source });
    if (answer.failed || answer.tests === 0) {
      const what = answer.failed ? `${answer.test}: ${answer.message}` : "there are none";
      throw new Error(`without a mistake the tests have to pass, before and after those with one: ${what}`);
    }
    return `without a mistake ${answer.tests} tests pass, in ${secondsSince(started).toFixed(0)} s`;
  }

  private async tried(mutation: Mutation, trial: Trial): Promise<Verdict> {
    const { suites: { all, near, unless }, types } = this.run;
    const started = Date.now();
    const undo = apply(mutation, trial.folder);
    try {
      const nearest = near(mutation.file);
      const groups = [nearest, all.filter((file) => !nearest.includes(file))].filter((group) => group.length > 0);
      const answer = await trial.tests({ groups, unless: unless.source });
      if (answer.failed) {
        const { how, test, message } = answer;
        const by = how === "hung" ? "hung" : "test";
        // A test that says no itself has a title that says why.
        const what = how === "broken" ? `${test}: ${firstLine(message)}` : test;
        return { mutation, by, what, seconds: secondsSince(started) };
      }
      const what = firstLine(await trial.types(types));
      return { mutation, by: what === "" ? "nobody" : "types", what, seconds: secondsSince(started) };
    } finally {
      undo();
    }
  }

  private note(verdict: Verdict): void {
    this.verdicts.push(verdict);
    this.run.say(lineOf(verdict, this.verdicts.length, this.run.mutations.length));
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

function secondsSince(started: number): number {
  return (Date.now() - started) / 1000;
}
