import { parseArgs } from "node:util";

export const measures = ["start", "get", "slow", "post", "storm"] as const;
export type MeasureName = typeof measures[number];

export interface Options {
  readonly only: readonly MeasureName[];
  readonly rounds: number;
  /** Length of a slice. */
  readonly seconds: number;
  /** In the table before anything is measured. */
  readonly users: number;
  readonly markdown: boolean;
  readonly strict: boolean;
  readonly log: string;
}

export const usage = `Compares the service with the least a server can be, and holds the ratios against the targets.

npm run bench -- [options]
  --only <names>     of ${measures.join(", ")}, separated by commas; all of them unless told
  --rounds <number>  10 unless told; fewer give no verdict
  --seconds <number> length of a slice, 1.5 unless told
  --users <number>   20000 unless told
  --markdown         also writes the tables into docs/performance.md
  --strict           a verdict that the machine is too noisy for counts as missed
  --log <file>       where the servers write their logs, /dev/null unless told

Ends with 1 when a target is missed on a quiet machine. Progress is on standard error, the tables are on standard output.`;

/** Throws an error whose message says what a person has to change. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "only": { type: "string", default: measures.join(",") },
      "rounds": { type: "string", default: "10" },
      "seconds": { type: "string", default: "1.5" },
      "users": { type: "string", default: "20000" },
      "markdown": { type: "boolean", default: false },
      "strict": { type: "boolean", default: false },
      "log": { type: "string", default: "/dev/null" },
      "help": { type: "boolean", default: false },
    },
  });
  if (values.help) {
    return "help";
  }
  return {
    only: values.only.split(",").map(measureNamed),
    rounds: number("rounds", values.rounds, 1, 1_000),
    seconds: number("seconds", values.seconds, 0.05, 60),
    users: number("users", values.users, 10, 1_000_000),
    markdown: values.markdown,
    strict: values.strict,
    log: values.log,
  };
}

function measureNamed(name: string): MeasureName {
  const found = measures.find((known) => known === name);
  if (found === undefined) {
    throw new Error(`--only must name some of ${measures.join(", ")}, got "${name}"`);
  }
  return found;
}

function number(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most)) {
    throw new Error(`--${option} must be a number from ${least} to ${most}, got "${text}"`);
  }
  return value;
}
