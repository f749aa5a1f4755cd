import pino, { type DestinationStream, type Logger } from "pino";

/** An error in one line, with what caused it. A failed connection is a list of errors without a message of its own. */
export function messageOf(error: unknown): string {
  const { message, cause, errors } = error as AggregateError;
  const own = message === "" && Array.isArray(errors) ? errors.map(messageOf).join(", ") : message;
  return cause instanceof Error ? `${own}: ${messageOf(cause)}` : own;
}

/** JSON lines on standard output, which ECS passes on. */
export function createLog(program: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ["req.headers", "password", "*.password", "token", "*.token", "email", "*.email"],
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
