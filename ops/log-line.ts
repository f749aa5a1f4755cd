const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type Level = typeof levels[number];

export function isLevel(text: string): text is Level {
  return (levels as readonly string[]).includes(text);
}

export const levelNames = levels.join(", ");

/** The level and those above it. */
export function from(level: Level): readonly Level[] {
  return levels.slice(levels.indexOf(level));
}

/** In every line the same, or told in another place of it. */
const leftOut = ["level", "time", "service", "version", "commit", "task", "zone", "msg", "err", "reqId"];

/**
 * A line of the service for a person: `09:30:00.123 ERROR 3f2a91bc request status=500 ...`, with an error's stack
 * beneath. Undefined for what CloudWatch makes metrics of, which no person reads. What is no JSON stays as it is.
 */
export function readable(message: string, task: string, timestamp?: number): string | undefined {
  const line = parse(message);
  if (line === undefined) {
    return [timestamp === undefined ? "" : timeOf(timestamp), "", task, message.trimEnd()].join(" ");
  }
  if ("_aws" in line) {
    return undefined;
  }
  const { level = "", msg = "", time, reqId, err } = line as Partial<Line>;
  const fields = Object.entries(line).filter(([key]) => !leftOut.includes(key)).map(([key, value]) =>
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const when = time ?? timestamp;
  const words = [when === undefined ? "" : timeOf(when), level.toUpperCase().padEnd(5), task, msg, ...fields];
  return [[...words, ...reqId === undefined ? [] : [reqId]].join(" "), ...linesOf(err)].join("\n");
}

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
  readonly reqId: string;
  readonly err: { readonly stack?: string; readonly message?: string };
}

function timeOf(when: string | number): string {
  return new Date(when).toISOString().slice(11, 23);
}

function parse(message: string): object | undefined {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // A crash of Node itself, for example, is written as plain text.
    return undefined;
  }
}

function linesOf({ stack, message = "" }: Partial<Line["err"]> = {}): string[] {
  return (stack ?? message).split("\n").filter((line) => line !== "").map((line) => `    ${line.trim()}`);
}
