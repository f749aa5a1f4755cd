import { join } from "node:path";

import { stringify } from "yaml";

import type { Options, PlannedResource } from "./record";
import type { Plan } from "./render";
import { isSecret } from "./secrets";
import { program, projectFolder, type Project } from "./stack-file";
import { shortUrn } from "./urns";

/** `plans/prod.yaml`; of another project than the program `plans/bootstrap-main.yaml`. */
export function planFile(stack: string, { folder }: Project = program): string {
  return join(projectFolder, "plans", folder === "." ? `${stack}.yaml` : `${folder}-${stack}.yaml`);
}

/**
 * The plan as a person reads it and git compares it: one block a resource, sorted, without secrets or digests. What
 * awsx makes of a component follows the component.
 */
export function planText(plan: Plan): string {
  const blocks = plan.expanded.toSorted((a, b) => (parentFirst(a) < parentFirst(b) ? -1 : 1))
    .map((resource) => [shortUrn(resource.urn), block(resource)]);
  return [
    `# What the stack ${plan.stack}${plan.project === program ? "" : ` of ${plan.project.folder}/`} would create, without any cloud. Made by \`npm run plan\`; do not edit.`,
    stringify({ outputs: readable(plan.outputs) }, style),
    ...blocks.map((entry) => stringify(Object.fromEntries([entry]), style)),
  ].join("\n");
}

/** The name comes after all parents' types: a parent's sorts before those of its children with a lower separator. */
const parentFirst = ({ urn }: PlannedResource): string => urn.replace(/::([^:]*)$/, "!$1");

const style = { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false };

function block({ inputs, options }: PlannedResource): Record<string, unknown> {
  return { ...readable(inputs) as Record<string, unknown>, ...shown(options) };
}

/** The options that are set, in brackets, since an input could have the same name. */
export function shown({ aliases, provider, ...options }: Options): Record<string, unknown> {
  const set = Object.entries({
    ...options,
    // What follows from inputs is most of them, and the inputs say it.
    dependencies: [],
    aliases: aliases.map(shortUrn),
    provider: provider === "aws" ? "" : provider,
  }).filter(([, value]) => typeof value === "object" ? Object.keys(value).length > 0 : value);
  return Object.fromEntries(set.map(([option, value]) => [`(${option})`, value]));
}

/** Secrets masked, the content tag of the image masked, and JSON in strings (policies, containers) laid open. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value === "object" && value !== null) {
    return isSecret(value) ? "[secret]"
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
  }
  if (typeof value !== "string") {
    return value;
  }
  return readable(jsonIn(value)) ?? value.replace(/:[0-9a-f]{16}$/, ":<tag>");
}

/** The list or object that a text holds as JSON; undefined for all other text. */
export function jsonIn(text: string): object | undefined {
  try {
    return /^[[{]/.test(text) ? JSON.parse(text) as object : undefined;
  } catch {
    return undefined;
  }
}
