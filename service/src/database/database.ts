import { setTimeout as sleep } from "node:timers/promises";

import { DatabaseUnavailableError } from "./errors.ts";
import { Lane, type LaneStatistics } from "./lane.ts";
import { Pool, type PoolOptions, type PoolStatistics } from "./pool.ts";
import type { Run, Statement } from "./statement.ts";

export interface DatabaseOptions extends Omit<PoolOptions, "connections"> {
  readonly poolConnections: number;
  /** 0 switches the lane off. */
  readonly laneConnections: number;
  /** Sees every attempt to run a statement, under the statement's name. */
  readonly observe?: Observe | undefined;
}

export type Observe = <T>(name: string, attempt: () => Promise<T>) => Promise<T>;

/** How busy the connections are. */
export interface DatabaseStatistics {
  readonly pool: PoolStatistics;
  readonly lane: LaneStatistics;
}

/** Long enough for a restart of the database, short enough for a client. */
const RETRY_MILLISECONDS = 3_000;

/** The only way to the database. Every wait in it is bounded, and a statement that fails costs no connection. */
export class Database {
  readonly #pool: Pool;
  readonly #lane: Lane | undefined;
  readonly #observe: Observe;

  constructor({ poolConnections, laneConnections, observe = unobserved, ...options }: DatabaseOptions) {
    this.#observe = observe;
    this.#pool = new Pool({ ...options, connections: poolConnections });
    this.#lane = laneConnections === 0 ? undefined : new Lane({ ...options, connections: laneConnections });
  }

  get statistics(): DatabaseStatistics {
    return { pool: this.#pool.statistics, lane: this.#lane?.statistics ?? { connections: 0, inFlight: 0, spilled: 0 } };
  }

  run<Row extends object>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    return persist(() => this.#observe(statement.name, () => this.#attempt(statement, values)));
  }

  /** All or nothing. `work` may run again after a broken connection: running twice must leave the same as once. */
  async transaction<T>(name: string, work: (run: Run) => Promise<T>): Promise<T> {
    return await persist(() => this.#observe(name, () => this.#pool.transaction(name, (run) => {
      return work((statement, values) => this.#observe(statement.name, () => run(statement, values)));
    })));
  }

  /** Waits for statements in flight, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.#lane?.close(), this.#pool.close()]);
  }

  async #attempt<Row extends object>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    const rows = statement.bounded ? await this.#lane?.run(statement, values) : undefined;
    return rows ?? await this.#pool.run(statement, values);
  }
}

function unobserved<T>(_name: string, attempt: () => Promise<T>): Promise<T> {
  return attempt();
}

/** Tries again with other connections, for a bounded time and with growing pauses. */
async function persist<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + RETRY_MILLISECONDS;
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const pause = Math.min(50 * 2 ** tries, 500) * (0.5 + Math.random());
      const mayRetry = error instanceof DatabaseUnavailableError && error.mayRetry;
      if (!mayRetry || performance.now() + pause >= giveUpAt) {
        throw error;
      }
      await sleep(pause);
    }
  }
}
