import type { FastifyBaseLogger } from "fastify";
import pg from "pg";

import type { CredentialSource } from "./credentials.ts";
import { DatabaseUnavailableError, failureOf, faultOf, type Asked } from "./errors.ts";
import { query } from "./query.ts";
import type { Run, Statement } from "./statement.ts";

export interface PoolOptions {
  /** Where the database is and how to trust it; `connectionOptions` makes it. */
  readonly connection: pg.ClientConfig;
  readonly credentials: CredentialSource;
  readonly connections: number;
  readonly statementTimeoutSeconds: number;
  readonly log: FastifyBaseLogger;
}

export interface PoolStatistics {
  readonly total: number;
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly waiting: number;
}

/** How long a request waits for a free or a new connection. */
export const CONNECT_TIMEOUT_MILLISECONDS = 1_000;

const LIFETIME_SECONDS = 1_800;

/** Without the spread every task would reconnect at the same moment. */
export function lifetimeSeconds(): number {
  return Math.round(LIFETIME_SECONDS * (0.9 + 0.2 * Math.random()));
}

/** One statement at a time on each connection: for lists, transactions, and whatever the lane cannot take. */
export class Pool {
  readonly #pool: pg.Pool;
  readonly #credentials: CredentialSource;

  constructor(options: PoolOptions) {
    const { credentials, log, statementTimeoutSeconds } = options;
    this.#credentials = credentials;
    this.#pool = new pg.Pool({
      ...options.connection,
      Client: clientUsing(credentials),
      max: options.connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      // A frozen server cannot stop its own statement, so the client has a limit too, which fires last.
      lock_timeout: statementTimeoutSeconds * 750,
      statement_timeout: statementTimeoutSeconds * 1_000,
      query_timeout: statementTimeoutSeconds * 1_250,
      // pg closes idle connections after 10 s by default: a new handshake after every lull.
      idleTimeoutMillis: 0,
      maxLifetimeSeconds: lifetimeSeconds(),
    });
    // An idle connection that breaks emits "error" on the pool; unhandled, that ends the process.
    this.#pool.on("error", (err) => log.warn({ err }, "idle database connection lost"));
    // The same for a connection in use, whose statement fails with the same error and reports it.
    this.#pool.on("connect", (client) => client.on("error", (err) => log.debug({ err }, "database connection lost")));
  }

  get statistics(): PoolStatistics {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  async run<Row extends object>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    return await this.#use(statement, (client) => query(client, statement, values));
  }

  /** `work` may be run again after a broken connection, so running it twice must leave the same as once. */
  async transaction<T>(name: string, work: (run: Run) => Promise<T>): Promise<T> {
    return await this.#use({ name, repeatable: true }, async (client) => {
      await client.query("BEGIN");
      try {
        const result = await work((statement, values) => query(client, statement, values));
        await client.query("COMMIT");
        return result;
      } catch (error) {
        if (costsConnection(error)) {
          throw error;
        }
        await client.query("ROLLBACK");
        throw error;
      }
    });
  }

  /** Waits for statements in flight, then says goodbye on every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #use<T>(asked: Asked, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // `pool.query` closes the connection after every error, also after one that only the statement is to blame for.
      client.release(costsConnection(error));
      throw failureOf(error, asked);
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

function costsConnection(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === "lost" || fault === "silent";
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
