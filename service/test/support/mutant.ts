import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import type { Build } from "./process.ts";

/** A change of one source file. */
export interface Mutation {
  /** Relative to the service's folder. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Builds a copy of the service with a mistake planted in it. A test that does not see the mistake tests nothing. */
export async function buildMutant(...mutations: readonly Mutation[]): Promise<Build> {
  const copy = mkdtempSync(join(tmpdir(), "accounts-mutant-"));
  const remove = () => rmSync(copy, { recursive: true, force: true });
  try {
    const service = resolve(import.meta.dirname, "../..");
    for (const part of ["src", "migrations", "build.ts", "package.json"]) {
      cpSync(join(service, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(service, "node_modules"), join(copy, "node_modules"));
    mutations.forEach((mutation) => plant(copy, mutation));
    await promisify(execFile)(process.execPath, ["build.ts", "dist"], { cwd: copy, env: { PATH: process.env["PATH"] } });
    return { folder: join(copy, "dist"), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function plant(copy: string, { file, from, to }: Mutation): void {
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) {
    throw new Error(`${file} has to contain exactly once: ${from}`);
  }
  writeFileSync(path, source.replace(from, () => to));
}
