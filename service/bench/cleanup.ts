/** What has to be undone, the last first, whether the run ends well or not. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        // The other steps matter as much.
        process.stderr.write(`bench: not cleaned up: ${(error as Error).message}\n`);
      }
    }
  }
}
