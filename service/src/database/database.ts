import { setTimeout as sleep } from "node:timers/promises";

import type { FastifyBaseLogger } from "fastify";
import pg from "pg";

import type { DatabaseStatistics } from "../metrics/gauges.ts";
import type { CredentialSource } from "./credentials.ts";
import { DatabaseTimeoutError, DatabaseUnavailableError, faultOf } from "./errors.ts";

/** A statement the server prepares once per connection, under its name. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  /** Running it twice leaves the same and answers the same, so it may be sent again after a broken connection. */
  readonly repeatable: boolean;
  /** Only the type of a row; never set. */
  readonly row?: Row;
}

export interface DatabaseOptions {
  /** Where the database is and how to trust it; `connectionOptions` makes it. */
  readonly connection: pg.ClientConfig;
  readonly credentials: CredentialSource;
  readonly connections: number;
  readonly statementTimeoutSeconds: number;
  /** Sees every attempt to run a statement, under the statement's name. */
  readonly observe?: <T>(statement: string, attempt: () => Promise<T>) => Promise<T>;
  readonly log: FastifyBaseLogger;
}

/** How long a request waits for a free or a new connection. */
const CONNECT_TIMEOUT_MILLISECONDS = 1_000;
/** Long enough for a restart of the database, short enough for a client. */
const RETRY_MILLISECONDS = 3_000;
const LIFETIME_SECONDS = 1_800;

/** The only way to the database. Every wait in it is bounded, and a statement that fails costs no connection. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #credentials: CredentialSource;
  readonly #observe: DatabaseOptions["observe"];

  constructor(options: DatabaseOptions) {
    const { credentials, log } = options;
    this.#credentials = credentials;
    this.#observe = options.observe;
    this.#pool = new pg.Pool({
      ...options.connection,
      Client: clientUsing(credentials),
      max: options.connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      // A frozen server cannot stop its own statement, so the client has a limit too, which fires second.
      statement_timeout: options.statementTimeoutSeconds * 1_000,
      query_timeout: options.statementTimeoutSeconds * 1_250,
      // pg closes idle connections after 10 s by default: a new handshake after every lull.
      idleTimeoutMillis: 0,
      // Without the spread every task would reconnect at the same moment.
      maxLifetimeSeconds: Math.round(LIFETIME_SECONDS * (0.9 + 0.2 * Math.random())),
    });
    // An idle connection that breaks emits "error" on the pool; unhandled, that ends the process.
    this.#pool.on("error", (err) => log.warn({ err }, "idle database connection lost"));
    // The same for a connection in use, whose statement fails with the same error and reports it.
    this.#pool.on("connect", (client) => client.on("error", (err) => log.debug({ err }, "database connection lost")));
  }

  async run<Row>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    const giveUpAt = performance.now() + RETRY_MILLISECONDS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const attempt = () => this.#attempt(statement, values);
        return await (this.#observe === undefined ? attempt() : this.#observe(statement.name, attempt));
      } catch (error) {
        const pause = Math.min(50 * 2 ** attempt, 500) * (0.5 + Math.random());
        const mayRetry = error instanceof DatabaseUnavailableError && error.mayRetry;
        if (!mayRetry || performance.now() + pause >= giveUpAt) {
          throw error;
        }
        await sleep(pause);
      }
    }
  }

  statistics(): DatabaseStatistics {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return {
      pool: { total: totalCount, idle: idleCount, waiting: waitingCount },
      lane: { connections: 0, inFlight: 0, spilled: 0 },
    };
  }

  /** Waits for statements in flight, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #attempt<Row>({ name, text, repeatable }: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    const client = await this.#connect();
    try {
      const { rows } = await client.query<Row & pg.QueryResultRow>({ name, text, values: [...values] });
      client.release();
      return rows;
    } catch (error) {
      const fault = faultOf(error);
      // `pool.query` closes the connection after every error, also after one that only the statement is to blame for.
      client.release(fault === "lost" || !(error instanceof pg.DatabaseError));
      if (fault === "lost") {
        throw new DatabaseUnavailableError("the connection to the database broke", error, repeatable);
      }
      throw fault === "timeout" ? new DatabaseTimeoutError(`the statement ${name} took too long`, { cause: error }) : error;
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    const credentials = this.#credentials.current;
    if (credentials === undefined) {
      throw new DatabaseUnavailableError("the database credentials are not read yet", undefined, false);
    }
    try {
      return await this.#pool.connect();
    } catch (error) {
      const fault = faultOf(error);
      if (fault === "refused") {
        await this.#credentials.replace(credentials);
      }
      throw new DatabaseUnavailableError("no connection to the database", error, fault === "lost" || fault === "refused");
    }
  }
}

/** Every new connection takes the newest credentials, user name included. */
function clientUsing(source: CredentialSource): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      const { username, password } = source.current ?? {};
      super({ ...config, user: username, password });
    }
  };
}
