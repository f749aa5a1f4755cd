import type { FastifyBaseLogger } from "fastify";

/** Refused requests further apart than this belong to two bursts, each with its own lines in the log. */
const QUIET_MILLISECONDS = 10_000;

/** Refused requests, however many: a line in the log for each cause when it appears, and one when all is over. */
export class Burst {
  #refused = 0;
  #quiet: NodeJS.Timeout | undefined;
  readonly #causes = new Set<string>();

  /** `over` is the line that says so. */
  constructor(private readonly log: FastifyBaseLogger, private readonly over: string) {}

  /** `tell` writes the line of a cause that this burst did not have before. */
  refused(cause: string, tell: () => void): void {
    this.#refused += 1;
    if (!this.#causes.has(cause)) {
      this.#causes.add(cause);
      tell();
    }
    this.#quiet ??= setTimeout(() => this.end(), QUIET_MILLISECONDS).unref();
    this.#quiet.refresh();
  }

  end(): void {
    if (this.#quiet !== undefined) {
      clearTimeout(this.#quiet);
      this.log.info({ refused: this.#refused }, this.over);
      this.#quiet = undefined;
      this.#refused = 0;
      this.#causes.clear();
    }
  }
}
