import pg from "pg";

import { faultOf } from "./errors.ts";
import { query } from "./query.ts";
import type { Statement } from "./statement.ts";

/** Bounds what one broken connection can leave in doubt. */
const MOST_IN_FLIGHT = 128;

/** A statement of the lane takes about one millisecond. Behind one that takes this long, no other is sent. */
const CONGESTED_MILLISECONDS = 25;

/** A statement waits for the server only from when it was sent, however long this turn of the event loop takes. */
const NOT_SENT = Infinity;

/** One connection that carries many statements at once. The server answers in the order it was asked. */
export class LaneConnection {
  inFlight = 0;
  readonly #client: pg.Client;
  readonly #retireAt: number;
  /** When the statement that is answered next came to the head of the line. */
  #headSince = 0;
  #usable = false;
  #closing = false;
  #silent = false;
  #gathering = false;

  constructor(config: pg.ClientConfig, lifetimeMilliseconds: number, onLost: (error: Error) => void) {
    this.#client = new pg.Client({ ...config, pipeline: true });
    this.#retireAt = performance.now() + lifetimeMilliseconds;
    this.#client.on("error", (error) => {
      this.#usable = false;
      onLost(error);
    });
  }

  get expired(): boolean {
    return !this.#usable || performance.now() >= this.#retireAt;
  }

  get takesMore(): boolean {
    return this.inFlight < MOST_IN_FLIGHT && this.#waited() < CONGESTED_MILLISECONDS;
  }

  async open(): Promise<void> {
    await this.#client.connect();
    this.#usable = true;
  }

  async run<Row extends object>(statement: Statement<Row>, values: readonly unknown[]): Promise<Row[]> {
    if (this.inFlight === 0) {
      this.#headSince = NOT_SENT;
    }
    this.inFlight += 1;
    try {
      this.#gatherForTurn();
      return await query(this.#client, statement, values);
    } catch (error) {
      // Those behind a silent head see only that the connection was closed.
      throw this.#silent && faultOf(error) === "lost" ? new Error("Query read timeout", { cause: error }) : error;
    } finally {
      this.inFlight -= 1;
      this.#headSince = performance.now();
    }
  }

  /** A frozen server answers nothing, not even that it stopped a statement; closing frees those who wait. */
  closeIfSilent(milliseconds: number): void {
    if (this.#waited() >= milliseconds) {
      this.#silent = true;
      this.#usable = false;
      this.#client.connection.stream.destroy();
    }
  }

  /** Waits for the statements in flight, and for the server to take leave. */
  async close(): Promise<void> {
    this.#usable = false;
    this.#closing = true;
    this.#headSince = this.inFlight === 0 ? performance.now() : this.#headSince;
    await this.#client.end();
  }

  /** What this turn of the event loop asks goes out in one piece: one record of TLS, one call to the system. */
  #gatherForTurn(): void {
    if (!this.#gathering) {
      this.#gathering = true;
      const { stream } = this.#client.connection;
      stream.cork();
      setImmediate(() => {
        this.#gathering = false;
        stream.uncork();
        if (this.#headSince === NOT_SENT) {
          this.#headSince = performance.now();
        }
      });
    }
  }

  #waited(): number {
    return this.inFlight > 0 || this.#closing ? performance.now() - this.#headSince : 0;
  }
}
