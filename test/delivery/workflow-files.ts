import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { projectFolder } from "../../offline/stack-file";

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly "continue-on-error"?: boolean;
}

export interface Job {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | boolean>>;
  readonly secrets?: unknown;
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly environment?: string | { readonly name: string; readonly deployment?: boolean };
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress"?: boolean | string; readonly queue?: string };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, string>>; readonly "fail-fast"?: boolean };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly "continue-on-error"?: boolean;
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>> | string;
  readonly permissions?: unknown;
  readonly concurrency?: Job["concurrency"];
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Action {
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

/** A file below `.github/`, as it is written and as it is read. */
export interface Read<T> {
  readonly path: string;
  readonly text: string;
  readonly content: T;
}

export const workflows = (folder = projectFolder): Read<Workflow>[] =>
  readdirSync(join(folder, ".github/workflows")).toSorted().map((file) => read(folder, `.github/workflows/${file}`));

export const actions = (folder = projectFolder): Read<Action>[] =>
  readdirSync(join(folder, ".github/actions")).toSorted().map((name) => read(folder, `.github/actions/${name}/action.yml`));

export function read<T>(folder: string, path: string): Read<T> {
  const text = readFileSync(join(folder, path), "utf8");
  return { path, text, content: parse(text) as T };
}

export function parsed<T>(path: string, text: string): Read<T> {
  return { path, text, content: parse(text) as T };
}
