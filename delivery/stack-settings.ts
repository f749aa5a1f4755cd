import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import { readStackFile } from "../offline/stack-file";

/** What the environment of a stack decides. */
export function settingsOfStack(stack: string): Settings {
  const environment = readStackFile(stack)["accounts:environment"] ?? "";
  const [, settings] = Object.entries(environments).find(([name]) => name === environment) ?? [];
  if (settings === undefined) {
    const known = Object.keys(environments).join(", ");
    throw new Error(`Pulumi.${stack}.yaml: accounts:environment is "${environment}", but must be one of ${known}`);
  }
  return settings;
}
