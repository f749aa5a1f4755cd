import pg from "pg";
import pino, { type DestinationStream, type Logger } from "pino";

import { release } from "./release.ts";

/** An error in one line, with what caused it. A failed connection is a list of errors without a message of its own. */
export function messageOf(error: unknown): string {
  const { message, cause, errors } = error as AggregateError;
  const own = message === "" && Array.isArray(errors) ? errors.map(messageOf).join(", ") : message;
  return cause instanceof Error ? `${own}: ${messageOf(cause)}` : own;
}

/** JSON lines on standard output, which ECS passes on. */
export function createLog(program: string, level: string, destination?: DestinationStream): Logger {
  const { version, commit } = release;
  const options = {
    level,
    base: { service: program, version, ...commit === null ? {} : { commit } },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    redact: ["req.headers", "password", "*.password", "token", "*.token", "email", "*.email"],
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * What is told of an error beside its message: a list of what may be, because PostgreSQL quotes rows, values and
 * statements in other fields (`detail` of a unique violation has the e-mail address).
 */
const told = new Set([
  "type", "message", "stack", "code", "severity", "schema", "table", "column", "constraint", "routine",
  "syscall", "address", "port", "$metadata",
]);

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const description: Record<string, unknown> = { ...pino.stdSerializers.err(error) };
  const kept = Object.fromEntries(Object.entries(description).filter(([field]) => told.has(field)));
  for (const quoting of causesOf(error).filter(quotesValue)) {
    kept["message"] = String(kept["message"]).replaceAll(quoting.message, "(a value was refused)");
    kept["stack"] = String(kept["stack"]).replaceAll(quoting.message, "(a value was refused)");
  }
  const { errors } = error as AggregateError;
  return Array.isArray(errors) ? { ...kept, errors: errors.map(describeError) } : kept;
}

function causesOf(error: Error): Error[] {
  return error.cause instanceof Error ? [error, ...causesOf(error.cause)] : [error];
}

/** The messages of class 22, data exceptions, quote the value they are about. */
function quotesValue(error: Error): boolean {
  return error instanceof pg.DatabaseError && error.code?.startsWith("22") === true;
}
