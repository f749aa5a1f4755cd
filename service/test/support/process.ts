import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** One line of a program's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** The build, in a folder of its own: it runs with nothing around it, as in the image. */
export interface Build {
  readonly folder: string;
  remove(): void;
}

/** A part of one line of the service, and what stands there instead. */
export interface Mutation {
  /** Below `src`. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

const service = join(import.meta.dirname, "../..");

/** `variables` are those of the build. */
export async function buildService(variables: Readonly<Record<string, string>> = {}): Promise<Build> {
  return await buildFrom(service, variables);
}

/** The build of a service that lacks something: what a test of that something has to notice. */
export async function buildMutated(...mutations: Mutation[]): Promise<Build> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-mutated-"));
  try {
    ["src", "migrations", "openapi.json", "build.ts", "package.json"].forEach((name) => {
      cpSync(join(service, name), join(folder, name), { recursive: true });
    });
    symlinkSync(join(service, "node_modules"), join(folder, "node_modules"));
    mutations.forEach((mutation) => mutate(folder, mutation));
    return await buildFrom(folder, {});
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function buildFrom(source: string, variables: Readonly<Record<string, string>>): Promise<Build> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-service-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const env = { PATH: process.env["PATH"], ...variables };
  await promisify(execFile)(process.execPath, [join(source, "build.ts"), folder], { env }).catch((error: unknown) => {
    remove();
    throw error;
  });
  return { folder, remove };
}

function mutate(folder: string, { file, replace, by }: Mutation): void {
  const path = join(folder, "src", file);
  const parts = readFileSync(path, "utf8").split(replace);
  if (parts.length !== 2) {
    throw new Error(`src/${file} must have \`${replace}\` once, it is there ${parts.length - 1} times`);
  }
  writeFileSync(path, parts.join(by));
}

/** A program of the build as a process of its own, started as the image starts it. */
export class Program {
  readonly lines: LogLine[] = [];
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcess;
  readonly #watchers = new Set<() => void>();

  /** `file` with its arguments; `nodeOptions` go before it. */
  constructor(
    { folder }: Build, file: string | readonly string[], variables: Readonly<Record<string, string>>,
    nodeOptions: readonly string[] = [],
  ) {
    this.#process = spawn(process.execPath, ["--enable-source-maps", ...nodeOptions, file].flat(), {
      cwd: folder,
      env: { ...variables },
      stdio: ["ignore", "pipe", "inherit", ...nodeOptions.length === 0 ? [] : ["ipc" as const]],
    });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.lines.push(JSON.parse(line) as LogLine);
      this.#watchers.forEach((check) => check());
    });
    this.ended = once(this.#process, "close").then(([code]) => {
      this.#watchers.forEach((check) => check());
      return code as number | null;
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Waits for a line of the log; fails when the program ends without it. */
  async logged(text: string): Promise<LogLine> {
    return await this.until(() => this.lines.find(({ msg }) => msg.includes(text)), `logging "${text}"`);
  }

  /** Looks again after every line of the log, until there is something; fails when the program ends before. */
  async until<T>(look: () => T | undefined, what: string): Promise<T> {
    return await new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found !== undefined) {
          this.#watchers.delete(check);
          resolve(found);
        } else if (this.#process.exitCode !== null) {
          reject(new Error(`the program ended without ${what}: ${JSON.stringify(this.lines.slice(-20))}`));
        }
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** Asks code that `nodeOptions` have loaded into the process. */
  async ask<Answer>(question: string): Promise<Answer> {
    const answered = once(this.#process, "message") as Promise<[Answer]>;
    this.#process.send(question);
    return (await answered)[0];
  }

  /** For whoever waits `until` something that does not depend on the log alone. */
  lookAgain(): void {
    this.#watchers.forEach((check) => check());
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }
}
