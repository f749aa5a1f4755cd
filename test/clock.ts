import * as assert from "node:assert/strict";

/** What `import { setTimeout } from "node:timers/promises"` reads its function from, each time anew. */
const timers = process.getBuiltinModule("node:timers/promises");

/** Nobody sleeps for so long here: who does has forgotten to give up. */
const longestMilliseconds = 60 * 60 * 1_000;

/** A clock for code that sleeps: each sleep is over at once, and time has gone on by as much. */
export class Clock {
  /** How many milliseconds were slept since the start. */
  sleptMilliseconds = 0;

  private readonly sleep = timers.setTimeout;
  private readonly now = Date.now;

  /** Takes the place of the real clock until `stop`. */
  start(): void {
    this.sleptMilliseconds = 0;
    const sleep = async (milliseconds: number) => {
      this.sleptMilliseconds += milliseconds;
      assert.ok(this.sleptMilliseconds < longestMilliseconds, "still waits after an hour, and may do so for ever");
      // Sockets and processes are real and need a moment.
      await this.sleep(5);
    };
    Object.assign(timers, { setTimeout: sleep });
    Date.now = () => this.now() + this.sleptMilliseconds;
  }

  stop(): void {
    Object.assign(timers, { setTimeout: this.sleep });
    Date.now = this.now;
  }
}
