type Stop = () => Promise<void> | void;

/** What is to be stopped, in the opposite order of its start. */
export class Stops {
  private readonly stops: Stop[] = [];
  private readonly abort = new AbortController();
  private last = Promise.resolve();

  /** Aborted as soon as somebody wants the end, also in the middle of a start. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Throws when the end has begun, so that a start goes no further; what it adds is still stopped. */
  add(...stops: Stop[]): void {
    this.stops.push(...stops);
    this.signal.throwIfAborted();
  }

  /** Stops everything that was added so far and is not stopped yet, also what comes after one that fails. */
  run(): Promise<void> {
    this.abort.abort(new Error("the twin is being stopped"));
    // What was added since is stopped also when an earlier stop failed; that failure is still told.
    this.last = this.last.finally(() => this.runAll());
    return this.last;
  }

  private async runAll(): Promise<void> {
    const failures: string[] = [];
    for (let stop = this.stops.pop(); stop !== undefined; stop = this.stops.pop()) {
      try {
        await stop();
      } catch (error) {
        failures.push(String(error));
      }
    }
    if (failures.length > 0) {
      throw new Error(`not everything could be stopped: ${failures.join("; ")}`);
    }
  }
}
