import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";

/**
 * While a release is rolled out, the one before it works on the schema that the migration has just made. So a migration
 * may only add, and may hold no lock for long. squawk has rules for a part of that; the rest is a list of what is known
 * to be safe, since a list of what is not would never be complete.
 */
const safe = new Set([
  "CREATE_TABLE", "CREATE_INDEX", "CREATE_TYPE", "CREATE_SEQUENCE", "CREATE_VIEW", "CREATE_FUNCTION", "GRANT", "COMMENT_ON",
  "INSERT", "EMPTY_STMT", "ADD_COLUMN", "SET_DEFAULT", "VALIDATE_CONSTRAINT",
]);
/** Refused by squawk, under names of its own. */
const ruledBySquawk = new Set([
  "DROP_TABLE", "DROP_DATABASE", "DROP_COLUMN", "RENAME_COLUMN", "TABLE_RENAME_TO", "SET_TYPE", "SET_NOT_NULL", "DROP_NOT_NULL",
  "ERROR",
]);
/** Made of parts, each of which is looked at, and of the names they are about. */
const composed = new Set(["ALTER_TABLE", "ALTER_COLUMN"]);
const names = new Set(["TABLE_RELATION_NAME", "COLUMN_NAME_REF", "IF_EXISTS"]);
/** Not safe wherever they stand, such as in a WITH. */
const unsafeInside = new Set(["UPDATE", "DELETE", "MERGE", "OR_REPLACE"]);

const exception = /^\s*-- squawk-ignore ([a-z-]+(?:, [a-z-]+)*)$/;
const reason = /^\s*-- (?!squawk-ignore).{15,}$/;

interface Finding {
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** A piece of SQL, as squawk's parser has understood it. */
interface Node {
  readonly depth: number;
  readonly kind: string;
  /** From 1. */
  readonly line: number;
}

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "migrations"));
const paths = readdirSync(folder).filter((file) => file.endsWith(".sql")).sort().map((file) => join(folder, file));

if (!squawkRunsHere()) {
  print(`the migrations are not checked: squawk has no program for ${process.platform}-${process.arch} without glibc`);
} else {
  const findings = check();
  findings.forEach(print);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function check(): string[] {
  const ruled = squawk();
  const trees = parse();
  return paths.flatMap((path, index) => findingsIn(path, ruled.get(path) ?? [], trees[index] ?? [])
    .map(({ line, rule, message }) => `${basename(path)}:${line}: ${rule}: ${message}`));
}

function findingsIn(path: string, ruled: readonly Finding[], nodes: readonly Node[]): Finding[] {
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  const exceptions = exceptionsIn(lines);
  const own = unsafeStatements(nodes, lines);
  const used = own.filter(({ line, rule }) => exceptions.get(line)?.includes(rule) === true);
  // squawk does not know our rules, and says so at each exception from one.
  const isOurs = ({ rule, message }: Finding) => rule === "unused-ignore" && used.some((one) => message.endsWith(` ${one.rule}`));
  return [
    ...ruled.filter((finding) => !isOurs(finding)),
    ...own.filter((finding) => !used.includes(finding)),
    ...faultyExceptions(lines),
  ].sort((left, right) => left.line - right.line);
}

/** What squawk's own rules find, by the path. */
function squawk(): Map<string, Finding[]> {
  const found = JSON.parse(run("--reporter", "json")) as { file: string; line: number; rule_name: string; message: string }[];
  const findings = found.map(({ file, line, rule_name: rule, message }) => ({ file, line: line + 1, rule, message }));
  return Map.groupBy(findings, ({ file }) => file);
}

function unsafeStatements(nodes: readonly Node[], lines: readonly string[]): Finding[] {
  const parts = nodes.filter(({ depth }, index) => depth === 1 || composed.has(parentOf(nodes, index)?.kind ?? ""));
  const unsafe = [
    ...parts.filter(({ kind }) => ![safe, ruledBySquawk, composed, names].some((known) => known.has(kind))),
    ...nodes.filter(({ depth, kind }) => depth > 1 && unsafeInside.has(kind)),
  ];
  return unsafe.map(({ kind, line }) => {
    const rule = `ban-${kind.toLowerCase().replaceAll("_", "-")}`;
    const message = `not known to be safe for the release that still runs, or for tables in use: "${lines[line - 1]?.trim()}"`;
    return { line, rule, message };
  });
}

function parentOf(nodes: readonly Node[], index: number): Node | undefined {
  const depth = nodes[index]?.depth ?? 0;
  return nodes.slice(0, index).findLast((node) => node.depth < depth);
}

/** Reads the trees that squawk prints: a line for each node, indented by its depth, with its place in bytes. */
function parse(): Node[][] {
  const [, ...trees] = run("--debug", "parse").split(/^SOURCE_FILE@.*$/m);
  return paths.map((path, index) => {
    const sql = readFileSync(path);
    return [...(trees[index] ?? "").matchAll(/^( +)([A-Z_]+)@(\d+)\.\.\d+$/gm)].map(([, indent, kind, start]) => ({
      depth: (indent ?? "").length / 2,
      kind: kind ?? "",
      line: sql.subarray(0, Number(start)).toString().split("\n").length,
    }));
  });
}

/** The rules that are ignored, by the line they are ignored in: the one below the comment. */
function exceptionsIn(lines: readonly string[]): Map<number, string[]> {
  return new Map(lines.flatMap((line, index) => {
    const rules = exception.exec(line)?.[1]?.split(", ");
    return rules === undefined ? [] : [[index + 2, rules] as const];
  }));
}

/** squawk takes exceptions in other forms too, some of them for whole files, and none with a reason. */
function faultyExceptions(lines: readonly string[]): Finding[] {
  return lines.flatMap((line, index) => {
    if (!line.includes("squawk-ignore") || (exception.test(line) && reason.test(lines[index - 1] ?? ""))) {
      return [];
    }
    const message = "an exception is a line with `-- squawk-ignore <rule>` above the statement, and above it a line with the reason";
    return [{ line: index + 1, rule: "exception-without-reason", message }];
  });
}

function run(...args: readonly string[]): string {
  const program = createRequire(import.meta.url).resolve("squawk-cli/js/bin/squawk");
  const { stdout, stderr } = spawnSync(process.execPath, [program, "--config", ".squawk.toml", ...args, ...paths], {
    cwd: import.meta.dirname, encoding: "utf8", maxBuffer: 64 * 1024 * 1024,
  });
  // It ends with 1 when it has found something; when it has not run at all, it prints nothing.
  if (stdout === "") {
    throw new Error(`squawk does not run: ${stderr}`);
  }
  return stdout;
}

/** squawk's programs for Linux are made for glibc. */
function squawkRunsHere(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return process.platform !== "linux" || header.glibcVersionRuntime !== undefined;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
