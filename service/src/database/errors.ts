import pg from "pg";

/** The database could not be reached, or not soon enough: nothing is wrong with the statement. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
  /** True when the statement certainly did no harm and another connection may work at once. */
  readonly mayRetry: boolean;

  constructor(message: string, cause: unknown, mayRetry: boolean) {
    super(message, { cause });
    this.mayRetry = mayRetry;
  }
}

/** The statement ran longer than it may. */
export class DatabaseTimeoutError extends Error {
  override readonly name = "DatabaseTimeoutError";
}

/**
 * - `lost`: the connection broke or was refused; another one may work at once
 * - `refused`: the database does not accept the credentials
 * - `slow`: no connection came in time; trying again would only make the caller wait twice
 * - `timeout`: the statement was stopped
 * - `statement`: anything the statement itself is to blame for
 */
export type Fault = "lost" | "refused" | "slow" | "timeout" | "statement";

const lostSocket = new Set([
  "ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH",
]);
const lostState = /^(08...|57P0[1-3]|53300)$/;

// pg gives these no code.
const messages: Readonly<Record<string, Fault>> = {
  "Connection terminated": "lost",
  "Connection terminated unexpectedly": "lost",
  "Client has encountered a connection error and is not queryable": "lost",
  "Connection terminated due to connection timeout": "slow",
  "timeout exceeded when trying to connect": "slow",
  "timeout expired": "slow",
  "Query read timeout": "timeout",
};

export function faultOf(error: unknown): Fault {
  const { code = "", message } = error as { code?: string; message: string };
  if (error instanceof pg.DatabaseError) {
    if (code === "28P01" || code === "28000") {
      return "refused";
    }
    if (code === "57014") {
      return "timeout";
    }
    return lostState.test(code) ? "lost" : "statement";
  }
  return lostSocket.has(code) ? "lost" : messages[message] ?? "statement";
}
