import { join } from "node:path";

import { stringify } from "yaml";

import { projectFolder } from "./stack-file";
import type { PlannedResource } from "./record";
import type { Plan } from "./render";

/** How Pulumi's protocol marks a secret value. */
const secretMark = "4dabf18193072939515e22adb298388d";

export function planFile(stack: string): string {
  return join(projectFolder, "plans", `${stack}.yaml`);
}

/** The plan as a person reads it and git compares it: one block a resource, sorted, without secrets or digests. */
export function planText(plan: Plan): string {
  const blocks = plan.resources.map((resource) => [shortUrn(resource.urn), block(resource)]);
  return [
    `# What the stack ${plan.stack} would create, without any cloud. Made by \`npm run plan\`; do not edit.`,
    stringify({ outputs: readable(plan.outputs) }, style),
    ...blocks.map((entry) => stringify(Object.fromEntries([entry]), style)),
  ].join("\n");
}

const style = { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false };

function block({ inputs, options }: PlannedResource): Record<string, unknown> {
  return {
    ...readable(inputs) as Record<string, unknown>,
    ...(options.protect && { "(protect)": true }),
    ...(options.retainOnDelete && { "(retainOnDelete)": true }),
    ...(options.hooks.length > 0 && { "(hooks)": options.hooks }),
    ...(options.transforms > 0 && { "(transforms)": options.transforms }),
  };
}

/** `<parent's type>$<type>::<name>`: stack and project are the same in every line of a file. */
function shortUrn(urn: string): string {
  return urn.split("::").slice(2).join("::").replace("pulumi:pulumi:Stack$", "");
}

/** Secrets masked, the content tag of the image masked, and JSON in strings (policies, containers) laid open. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value === "object" && value !== null) {
    return secretMark in value ? "[secret]"
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
  }
  if (typeof value !== "string") {
    return value;
  }
  return readable(jsonIn(value)) ?? value.replace(/:[0-9a-f]{16}$/, ":<tag>");
}

/** The list or object that a text holds as JSON; undefined for all other text. */
function jsonIn(text: string): object | undefined {
  try {
    return /^[[{]/.test(text) ? JSON.parse(text) as object : undefined;
  } catch {
    return undefined;
  }
}
