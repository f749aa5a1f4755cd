import { settingsOfStack } from "../stack-settings";

/** Whether the environment of a stack keeps its data: then people have a say in what becomes of it. */
export function keepsData(stack: string): boolean {
  return settingsOfStack(stack).keepsData;
}
