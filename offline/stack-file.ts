import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

export const projectFolder = join(__dirname, "..");

/** The names of the committed stacks: each `Pulumi.<stack>.yaml` is one. */
export function committedStacks(): string[] {
  return readdirSync(projectFolder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).toSorted();
}

/** What the program finds in its configuration, as text. */
export type Config = Record<string, string>;

/**
 * The configuration of a committed stack as the engine hands it to the program: the project's defaults under the
 * stack's values, and everything that is not a string as JSON.
 */
export function readStackFile(stack: string): Config {
  const stacks = committedStacks();
  if (!stacks.includes(stack)) {
    throw new Error(`there is no Pulumi.${stack}.yaml: the committed stacks are ${stacks.join(", ")}`);
  }
  const project = readYaml("Pulumi.yaml") as { name: string; config: Record<string, { default?: unknown }> };
  const { config } = readYaml(`Pulumi.${stack}.yaml`) as { config: Record<string, unknown> };
  const defaults = Object.entries(project.config)
    .filter(([, declaration]) => declaration.default !== undefined)
    .map(([key, declaration]): [string, unknown] => [`${project.name}:${key}`, declaration.default]);
  return Object.fromEntries([...defaults, ...Object.entries(config)].map(([key, value]) =>
    [key, typeof value === "string" ? value : JSON.stringify(value)]));
}

function readYaml(file: string): unknown {
  return parse(readFileSync(join(projectFolder, file), "utf8"));
}
