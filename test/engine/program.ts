import * as path from "node:path";

import type { Settings } from "../../environments/settings";
import { projectFolder } from "../../offline/stack-file";
import * as example from "../example/settings";

/** An environment with a stack file of its own. */
export type Environment = "dev" | "prod";

/** The settings that differ from those of the example. */
export type Change = (example: Settings) => Partial<Settings>;

/**
 * Runs the program of this repository with the example's settings. Its top level makes the resources, so that each run
 * loads it anew: from the cache it would register nothing, and the engine would take everything for removed.
 */
export async function runProgram(environment: Environment, change: Change): Promise<Record<string, unknown>> {
  for (const file of Object.keys(require.cache).filter(isOfProgram)) {
    delete require.cache[file];
  }
  /* eslint-disable @typescript-eslint/no-require-imports -- only what is required can be run again */
  const { environments } = require("../../environments") as { environments: Record<Environment, Settings> };
  Object.assign(environments[environment], example[environment], change(example[environment]));
  return { ...require("../../index") as object };
}

function isOfProgram(file: string): boolean {
  const [top = ""] = path.relative(projectFolder, file).split(path.sep);
  return ["index.ts", "environments", "infra"].includes(top);
}
