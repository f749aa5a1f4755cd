import pg from "pg";

import { failureOf, faultOf } from "./errors.ts";
import { LaneConnection } from "./lane-connection.ts";
import { lifetimeSeconds, type PoolOptions } from "./pool.ts";
import type { Statement } from "./statement.ts";

/** Who waits this long for a row waits for somebody's transaction, and all behind wait, too. */
const LOCK_TIMEOUT_MILLISECONDS = 100;
/**
 * Nobody waits for the lane to connect, the pool serves meanwhile. So a connection that takes longer than a request
 * may wait, on a task or a database with too much to do, is not given up to be begun anew: that would be more to do.
 */
const OPEN_TIMEOUT_MILLISECONDS = 5_000;
/** After a failed try to connect. */
const REOPEN_MILLISECONDS = 250;

/**
 * The server stopped it before it did anything, or had forgotten the statement's name, or knew it already: after a
 * failed preparation the driver does not know either. It may be sent anew.
 */
const undoneStates = new Set(["55P03", "57014", "26000", "42P05"]);

export interface LaneStatistics {
  readonly connections: number;
  readonly inFlight: number;
  /** Statements left to the pool since the start. */
  readonly spilled: number;
}

/**
 * A few connections that each carry many statements at once, which costs about half the CPU of one statement at a
 * time. One that takes long would hold up all behind it, so only bounded statements come here, the server stops them
 * early, and what the lane cannot take at once goes to the pool: without the lane all works as well, only slower.
 */
export class Lane {
  readonly #options: PoolOptions;
  /** Those that take statements. */
  readonly #connections = new Set<LaneConnection>();
  /** Those that only finish what they have. */
  readonly #leaving = new Set<LaneConnection>();
  readonly #statementMilliseconds: number;
  readonly #watch: NodeJS.Timeout;
  #opening = 0;
  #mayOpenAt = 0;
  #spilled = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#statementMilliseconds = options.statementTimeoutSeconds * 250;
    const silence = this.#statementMilliseconds * 2;
    this.#watch = setInterval(() => {
      // Not before what has arrived is read: it may have been this process that stood still.
      setImmediate(() => this.#closeSilent(silence));
    }, silence / 4).unref();
  }

  get statistics(): LaneStatistics {
    return {
      connections: this.#connections.size,
      inFlight: [...this.#connections].reduce((sum, { inFlight }) => sum + inFlight, 0),
      spilled: this.#spilled,
    };
  }

  /** Returns undefined when the statement is left to the pool; then it has done nothing. */
  async run<Row extends object>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[] | undefined> {
    const connection = this.#pick();
    if (connection === undefined) {
      this.#spilled += 1;
      return undefined;
    }
    try {
      return await connection.run(statement, values);
    } catch (error) {
      if (error instanceof pg.DatabaseError && undoneStates.has(error.code ?? "")) {
        this.#spilled += 1;
        return undefined;
      }
      throw failureOf(error, statement);
    }
  }

  /** Waits for statements in flight, then closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#connections].map((connection) => this.#drop(connection)));
    clearInterval(this.#watch);
  }

  #closeSilent(milliseconds: number): void {
    [...this.#connections, ...this.#leaving].forEach((connection) => connection.closeIfSilent(milliseconds));
  }

  #pick(): LaneConnection | undefined {
    let best: LaneConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.expired) {
        void this.#drop(connection);
      } else if (connection.takesMore && connection.inFlight < (best?.inFlight ?? Infinity)) {
        best = connection;
      }
    }
    if (this.#connections.size + this.#opening < this.#options.connections && performance.now() >= this.#mayOpenAt) {
      void this.#open();
    }
    return best;
  }

  async #drop(connection: LaneConnection): Promise<void> {
    this.#connections.delete(connection);
    this.#leaving.add(connection);
    await connection.close();
    this.#leaving.delete(connection);
  }

  async #open(): Promise<void> {
    const { connection: config, credentials, log } = this.#options;
    const login = credentials.current;
    if (login === undefined || this.#closed) {
      return;
    }
    this.#opening += 1;
    const connection = new LaneConnection({
      ...config,
      user: login.username,
      password: login.password,
      connectionTimeoutMillis: OPEN_TIMEOUT_MILLISECONDS,
      lock_timeout: LOCK_TIMEOUT_MILLISECONDS,
      statement_timeout: this.#statementMilliseconds,
    }, lifetimeSeconds() * 1_000, (err) => log.warn({ err }, "database connection of the lane lost"));
    try {
      await connection.open();
      this.#connections.add(connection);
    } catch (err) {
      this.#mayOpenAt = performance.now() + REOPEN_MILLISECONDS;
      log.debug({ err }, "no connection for the lane, the pool serves");
      if (faultOf(err) === "refused") {
        await credentials.replace(login);
      }
    } finally {
      this.#opening -= 1;
    }
    if (this.#closed) {
      await this.#drop(connection);
    }
  }
}
