import { environments } from "../environments";
import type { Settings } from "../environments/settings";
import type { Session } from "./session";

/** What the stack's environment decides. */
export function settingsOf({ stack, environment }: Session): Settings {
  const settings = (environments as Record<string, Settings>)[environment];
  if (settings === undefined) {
    const known = Object.keys(environments).join(", ");
    throw new Error(`accounts:environment of ${stack} is "${environment}", but must be one of ${known}`);
  }
  return settings;
}
