// Alone, since commands that only ask for a setting would otherwise take a second to load the rest.
import { RunError } from "@pulumi/pulumi/errors";

import { checkEnvironments } from "./check";
import { checkStack } from "./check-stack";
import type { StackConfig } from "./config";
import { dev } from "./dev";
import { prod } from "./prod";
import type { Settings } from "./settings";

/** Every environment there is; a new one is a file like `dev.ts` and its name here. */
export const environments = { dev, prod } satisfies Record<string, Settings>;

/**
 * The settings named by `accounts:environment`, never by the stack's name, so that `pr-123` can be a dev. Throws a
 * `RunError` with a line for each mistake in any environment, also in those not asked for, and in the stack's own keys.
 */
export function settingsFor(config: StackConfig): Settings {
  const name = config.environment;
  if (!isEnvironmentName(name)) {
    const known = Object.keys(environments).join(", ");
    throw new RunError(
      `accounts:environment is "${name}", but must be one of ${known}: set it with ` +
      "`pulumi config set accounts:environment <name>` or add environments/<name>.ts",
    );
  }
  const problems = [...checkEnvironments(environments), ...checkStack(config, environments[name])];
  if (problems.length > 0) {
    throw new RunError(problems.join("\n"));
  }
  return environments[name];
}

function isEnvironmentName(name: string): name is keyof typeof environments {
  return Object.hasOwn(environments, name);
}
