import type { FastifyBaseLogger } from "fastify";

import type { Database } from "./database/database.ts";
import { purgeIdempotencyKeys } from "./idempotency.ts";

const MINUTES_BETWEEN = 10;
/** Small, so that no transaction of it holds locks for long. */
const KEYS_PER_BATCH = 500;
/** So that a task that finds very many leaves some to the others, and to its own next time. */
const MOST_BATCHES = 20;

/** Deletes expired idempotency keys beside the requests, on every task: whoever is not there cannot be missed. */
export class IdempotencyPurge {
  readonly #database: Database;
  readonly #log: FastifyBaseLogger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
  #stopped = false;

  constructor(database: Database, log: FastifyBaseLogger) {
    this.#database = database;
    this.#log = log;
  }

  start(): void {
    if (this.#stopped) {
      return;
    }
    // Spread, so that tasks that started together do not purge together.
    const milliseconds = MINUTES_BETWEEN * 60_000 * (0.5 + Math.random());
    this.#timer = setTimeout(() => void this.purge().finally(() => this.start()), milliseconds).unref();
  }

  /** Waits for a purge that is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Deletes what has expired by now. Returns how many keys that were. Never throws: the next purge does it again. */
  async purge(): Promise<number> {
    this.#running ??= this.#inBatches().finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  async #inBatches(): Promise<number> {
    let deleted = 0;
    try {
      for (let batch = 0; batch < MOST_BATCHES && !this.#stopped; batch += 1) {
        const count = await purgeIdempotencyKeys(this.#database, KEYS_PER_BATCH);
        deleted += count;
        if (count < KEYS_PER_BATCH) {
          break;
        }
      }
    } catch (err) {
      this.#log.warn({ err }, "expired idempotency keys could not be deleted");
    }
    return deleted;
  }
}
