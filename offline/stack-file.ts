import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

export const projectFolder = join(__dirname, "..");

/** A Pulumi project of this repository. */
export interface Project {
  readonly name: string;
  /** From the top of the repository. */
  readonly folder: string;
}

export const program: Project = { name: "accounts", folder: "." };

/** What an account is prepared with. */
export const bootstrap: Project = { name: "accounts-bootstrap", folder: "bootstrap" };

/** The names of the committed stacks: each `Pulumi.<stack>.yaml` is one. */
export function committedStacks({ folder }: Project = program): string[] {
  const files = readdirSync(join(projectFolder, folder));
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).toSorted();
}

/** What the program finds in its configuration, as text. */
export type Config = Record<string, string>;

/**
 * The configuration of a committed stack as the engine hands it to the program: the project's defaults under the
 * stack's values, and everything that is not a string as JSON.
 */
export function readStackFile(stack: string, project: Project = program): Config {
  const stacks = committedStacks(project);
  if (!stacks.includes(stack)) {
    throw new Error(`there is no Pulumi.${stack}.yaml: the committed stacks are ${stacks.join(", ")}`);
  }
  const { name, config: declared } = readYaml(project, "Pulumi.yaml") as ProjectFile;
  const { config } = readYaml(project, `Pulumi.${stack}.yaml`) as { config: Record<string, unknown> };
  const defaults = Object.entries(declared)
    .filter(([, declaration]) => declaration.default !== undefined)
    .map(([key, declaration]): [string, unknown] => [`${name}:${key}`, declaration.default]);
  return Object.fromEntries([...defaults, ...Object.entries(config)].map(([key, value]) =>
    [key, typeof value === "string" ? value : JSON.stringify(value)]));
}

/** How a committed stack encrypts its secrets, as `pulumi stack init` writes it beside the configuration. */
export interface StackEncryption {
  readonly secretsprovider?: string;
  readonly encryptedkey?: string;
}

export function readStackEncryption(stack: string): StackEncryption {
  return readYaml(program, `Pulumi.${stack}.yaml`) as StackEncryption;
}

interface ProjectFile {
  readonly name: string;
  readonly config: Readonly<Record<string, { readonly default?: unknown }>>;
}

function readYaml({ folder }: Project, file: string): unknown {
  return parse(readFileSync(join(projectFolder, folder, file), "utf8"));
}
