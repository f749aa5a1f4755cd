interface Line {
  busy: number;
  readonly waiting: Set<() => void>;
}

/** Work that is done for so many at once of each name. Whoever comes then waits for a turn, in order, for a while. */
export class Turns {
  readonly #lines = new Map<string, Line>();

  constructor(private readonly atOnce: number, private readonly patienceMilliseconds: number) {}

  /** Tells whether the turn has come. If so, `end` gives it to the next. */
  async take(name: string): Promise<boolean> {
    const line = this.#lines.get(name) ?? { busy: 0, waiting: new Set() };
    this.#lines.set(name, line);
    if (line.busy < this.atOnce) {
      line.busy += 1;
      return true;
    }
    return await new Promise((resolve) => {
      const come = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.waiting.delete(come);
        resolve(false);
      }, this.patienceMilliseconds);
      line.waiting.add(come);
    });
  }

  end(name: string): void {
    const line = this.#lines.get(name);
    if (line === undefined) {
      throw new Error(`nobody called ${name} has a turn that could end`);
    }
    const [next] = line.waiting;
    if (next !== undefined) {
      line.waiting.delete(next);
      next();
      return;
    }
    line.busy -= 1;
    if (line.busy === 0) {
      this.#lines.delete(name);
    }
  }
}
