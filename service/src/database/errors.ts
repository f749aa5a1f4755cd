import pg from "pg";

/** The database could not be reached, or not soon enough: nothing is wrong with the statement, and it did nothing. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
  /** True when another connection may work at once. */
  readonly mayRetry: boolean;

  constructor(message: string, cause: unknown, mayRetry: boolean) {
    super(message, { cause });
    this.mayRetry = mayRetry;
  }
}

/** The statement, or its wait for a lock, took longer than it may. It left nothing behind, or may be sent again. */
export class DatabaseTimeoutError extends Error {
  override readonly name = "DatabaseTimeoutError";
}

/** The connection broke, or fell silent, under a statement that must not be sent twice: it may have done its work. */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";
}

/**
 * - `lost`: the connection broke or was refused; another one may work at once
 * - `refused`: the database does not accept the credentials
 * - `slow`: no connection came in time; trying again would only make the caller wait twice
 * - `undone`: the server took the transaction back because of another one; it may run again
 * - `stopped`: the server stopped the statement, or its wait for a lock
 * - `silent`: the server did not answer in time, not even that it stopped the statement
 * - `statement`: anything the statement itself is to blame for
 */
export type Fault = "lost" | "refused" | "slow" | "undone" | "stopped" | "silent" | "statement";

const lostSocket = new Set([
  "ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH",
]);

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const states: readonly [RegExp, Fault][] = [
  [/^(28P01|28000)$/, "refused"],
  [/^(57014|55P03)$/, "stopped"],
  [/^(40001|40P01)$/, "undone"],
  [/^(08...|57P0[1-3]|53300)$/, "lost"],
];

// pg gives these no code.
const messages: Readonly<Record<string, Fault>> = {
  "Connection terminated": "lost",
  "Connection terminated unexpectedly": "lost",
  "Client has encountered a connection error and is not queryable": "lost",
  "Connection terminated due to connection timeout": "slow",
  "timeout exceeded when trying to connect": "slow",
  "timeout expired": "slow",
  "Query read timeout": "silent",
};

export function faultOf(error: unknown): Fault {
  const { code = "", message } = error as { code?: string; message: string };
  if (error instanceof pg.DatabaseError) {
    return states.find(([state]) => state.test(code))?.[1] ?? "statement";
  }
  return lostSocket.has(code) ? "lost" : messages[message] ?? "statement";
}

/** What was asked of the database: a statement, or a transaction. */
export interface Asked {
  readonly name: string;
  readonly repeatable: boolean;
}

/** What a failed statement means to whoever asked for it. */
export function failureOf(error: unknown, { name, repeatable }: Asked): unknown {
  switch (faultOf(error)) {
    case "undone":
      return new DatabaseUnavailableError(`${name} was taken back by the database`, error, true);
    case "stopped":
      return new DatabaseTimeoutError(`${name} took too long`, { cause: error });
    case "lost":
    case "silent":
      if (!repeatable) {
        return new OutcomeUnknownError(`the connection was lost under ${name}`, { cause: error });
      }
      return faultOf(error) === "lost"
        ? new DatabaseUnavailableError(`the connection was lost under ${name}`, error, true)
        : new DatabaseTimeoutError(`${name} was not answered in time`, { cause: error });
    default:
      if (error instanceof pg.DatabaseError) {
        // It was made by the driver's parser, whose stack does not say who asked.
        Error.captureStackTrace(error, failureOf);
      }
      return error;
  }
}
