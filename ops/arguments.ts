import { parseArgs } from "node:util";

import { isLevel, levelNames, type Level } from "./log-line";
import { restorePoint } from "./restore-steps";

/** What `npm run ops` was asked for. */
export type Request = { readonly stack: string; readonly dryRun: boolean; readonly yes: boolean } & (
  | { readonly command: "status" }
  | { readonly command: "logs"; readonly of: "service" | "migration"; readonly sinceMilliseconds: number;
    readonly level?: Level; readonly request?: string; readonly follow: boolean }
  | { readonly command: "run"; readonly program: readonly string[] }
  | { readonly command: "rollback"; readonly digest?: string; readonly now: boolean }
  | { readonly command: "scale"; readonly minTasks: number; readonly maxTasks: number; readonly now: boolean }
  | { readonly command: "restore"; readonly step: string; readonly now: boolean }
);

const options = {
  "dry-run": { type: "boolean" },
  "yes": { type: "boolean" },
  "follow": { type: "boolean" },
  "since": { type: "string" },
  "level": { type: "string" },
  "request": { type: "string" },
  "drop-previous": { type: "boolean" },
  "now": { type: "boolean" },
} as const;

type Flags = Partial<Record<keyof typeof options, string | boolean>>;

interface Command {
  readonly usage: string;
  /** The flags it knows beside --dry-run. */
  readonly flags: readonly (keyof typeof options)[];
  /** Undefined for words it does not know. */
  read(words: readonly string[], flags: Flags): object | undefined;
}

const programs = "migrate | rotate | rotate api-key <client> [--drop-previous]";
const forTheDatabase: readonly string[] = ["rotate.mjs"];

const commands: Readonly<Record<string, Command>> = {
  status: {
    usage: "status",
    flags: [],
    read: (words) => words.length === 0 ? { command: "status" } : undefined,
  },
  logs: {
    usage: "logs [service | migration] [--follow] [--since 30m] [--level warn] [--request <id>]",
    flags: ["follow", "since", "level", "request"],
    read: ([of = "service", ...more], flags) => (of === "service" || of === "migration") && more.length === 0
      ? { command: "logs", of, ...readLogFlags(flags) } : undefined,
  },
  run: {
    usage: `run ${programs}`,
    flags: ["drop-previous"],
    read: ([what, ...words], flags) => what === "rotate"
      ? rotation(words, flags)
      : (what === "migrate" && words.length === 0 && flags["drop-previous"] !== true ? program(["migrate.mjs"]) : undefined),
  },
  rotate: {
    usage: "rotate [api-key <client> [--drop-previous]]",
    flags: ["drop-previous"],
    read: rotation,
  },
  rollback: {
    usage: "rollback [previous | <digest>] [--now] [--yes]",
    flags: ["now", "yes"],
    read: ([digest, ...more], { now = false }) => more.length === 0 ? { command: "rollback", digest, now } : undefined,
  },
  scale: {
    usage: "scale <min> <max> [--now] [--yes]",
    flags: ["now", "yes"],
    read: ([min = "", max = "", ...more], { now = false }) => /^\d+$/.test(min) && /^\d+$/.test(max) && more.length === 0
      ? { command: "scale", minTasks: Number(min), maxTasks: Number(max), now } : undefined,
  },
  restore: {
    usage: "restore time:<moment> | time:latest | snapshot:<identifier> | finish | back [--now] [--yes]",
    flags: ["now", "yes"],
    read: ([step, ...more], { now = false }) => step !== undefined && isStep(step) && more.length === 0
      ? { command: "restore", step, now } : undefined,
  },
};

export const commandNames = Object.keys(commands);

const usage = `npm run ops -- <stack> ${commandNames.join(" | ")} [--dry-run]`;

/** Throws with one line that says what is wrong and what is allowed. */
export function readArguments(words: string[], env: NodeJS.ProcessEnv, stacks: readonly string[]): Request {
  // Without --yes somebody is asked, and `npm_config_yes` is set where npm itself shall not ask.
  const swallowed = Object.keys(options).filter((flag) => flag !== "yes")
    .find((flag) => env[`npm_config_${flag.replaceAll("-", "_")}`] !== undefined);
  if (swallowed !== undefined) {
    throw new Error(`npm kept --${swallowed} for itself, two dashes hand it on: ${usage}`);
  }
  const { positionals: [stack, name, ...rest], values: flags } = parse(words);
  if (stack === undefined || !stacks.includes(stack)) {
    throw new Error(`${stack === undefined ? "no stack is named" : `there is no stack "${stack}"`}: Pulumi.<stack>.yaml exists for `
      + `${stacks.join(", ")}; ${usage}`);
  }
  const command = Object.hasOwn(commands, name ?? "") ? commands[name ?? ""] : undefined;
  if (command === undefined) {
    throw new Error(`${name === undefined ? "no command is named" : `there is no command "${name}"`}: ${usage}`);
  }
  const own = `npm run ops -- ${stack} ${command.usage} [--dry-run]`;
  const foreign = Object.keys(flags).find((flag) => flag !== "dry-run" && !(command.flags as readonly string[]).includes(flag));
  if (foreign !== undefined) {
    throw new Error(`${name} knows no --${foreign}: ${own}`);
  }
  const read = command.read(rest, flags);
  if (read === undefined) {
    throw new Error(`${name} does not understand "${rest.join(" ")}": ${own}`);
  }
  return { stack, dryRun: flags["dry-run"] ?? false, yes: flags.yes ?? false, ...read } as Request;
}

function parse(words: string[]) {
  try {
    return parseArgs({ args: words, options, allowPositionals: true });
  } catch (error) {
    throw new Error(`${(error as Error).message.split(". ")[0]}: ${usage}`, { cause: error });
  }
}

function program(words: readonly string[]): object {
  return { command: "run", program: words };
}

/** The database's password, or the key of a client. */
function rotation(words: readonly string[], flags: Flags): object | undefined {
  const drop = flags["drop-previous"] === true;
  if (words.length === 0) {
    return drop ? undefined : program(forTheDatabase);
  }
  const [what, client, ...more] = words;
  return what === "api-key" && client !== undefined && more.length === 0
    ? program(["rotate.mjs", "api-key", client, ...drop ? ["--drop-previous"] : []]) : undefined;
}

/** Throws for what is neither a step nor a point to restore. */
function isStep(text: string): boolean {
  return text === "finish" || text === "back" || restorePoint(text) !== undefined;
}

function readLogFlags({ since = "30m", level, request, follow = false }: Flags): object {
  if (level !== undefined && !isLevel(String(level))) {
    throw new Error(`--level is "${level}", but must be one of ${levelNames}`);
  }
  return { sinceMilliseconds: readDuration(String(since)), level, request, follow };
}

function readDuration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (count === undefined) {
    throw new Error(`--since is "${text}", but must be a number with s, m, h or d, such as 30m`);
  }
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 0;
  return Number(count) * seconds * 1000;
}
