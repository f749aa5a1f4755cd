import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { isMap, parse, parseDocument } from "yaml";

import { projectFolder } from "../offline/stack-file";

/** Keys of the program and their new values; undefined takes a key away. */
export type Edits = Readonly<Record<string, string | number | undefined>>;

export function fileOf(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** The stack's file with other values, and with all else as it is written, comments too. */
export function edited(stack: string, edits: Edits): string {
  const file = fileOf(stack);
  const document = parseDocument(readFileSync(join(projectFolder, file), "utf8"));
  if (!isMap(document.get("config"))) {
    throw new Error(`${file} has no config`);
  }
  for (const [key, value] of Object.entries(edits)) {
    const path = ["config", `accounts:${key}`];
    if (value === undefined) {
      document.deleteIn(path);
    } else {
      document.setIn(path, value);
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** The keys of the configuration that two texts of a stack's file have otherwise. */
export function otherKeys(text: string, other: string): string[] {
  const [one, two] = [text, other].map((each) => (parse(each) as { config: Record<string, unknown> }).config);
  return [...new Set([...Object.keys(one ?? {}), ...Object.keys(two ?? {})])]
    .filter((key) => !isDeepStrictEqual(one?.[key], two?.[key]));
}
