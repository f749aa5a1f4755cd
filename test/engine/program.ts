import * as path from "node:path";

import type { Settings } from "../../environments/settings";
import { projectFolder } from "../../offline/stack-file";

/** The settings of dev that differ from the committed ones. */
export type Change = (dev: Settings) => Partial<Settings>;

/**
 * Runs the program of this repository. Its top level makes the resources, so that each run loads it anew: from the
 * cache it would register nothing, and the engine would take everything for removed.
 */
export async function runProgram(change: Change): Promise<Record<string, unknown>> {
  for (const file of Object.keys(require.cache).filter(isOfProgram)) {
    delete require.cache[file];
  }
  /* eslint-disable @typescript-eslint/no-require-imports -- only what is required can be run again */
  const { environments } = require("../../environments") as { environments: { dev: Settings } };
  Object.assign(environments.dev, change(environments.dev));
  return { ...require("../../index") as object };
}

function isOfProgram(file: string): boolean {
  const [top = ""] = path.relative(projectFolder, file).split(path.sep);
  return ["index.ts", "environments", "infra"].includes(top);
}
