import { environments } from "../../environments";
import { readStackFile } from "../../offline/stack-file";

/** Whether the environment of a stack keeps its data: then people have a say in what becomes of it. */
export function keepsData(stack: string): boolean {
  const environment = readStackFile(stack)["accounts:environment"] ?? "";
  const [, settings] = Object.entries(environments).find(([name]) => name === environment) ?? [];
  if (settings === undefined) {
    const known = Object.keys(environments).join(", ");
    throw new Error(`Pulumi.${stack}.yaml: accounts:environment is "${environment}", but must be one of ${known}`);
  }
  return settings.keepsData;
}
