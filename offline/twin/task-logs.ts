import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { ContainerDefinition, Task } from "../stand-ins/ecs-shapes";

const shownLines = 10;

/** Writes what containers say into one file each, anew in every run: the console has room for the picture only. */
export function lineWriter(folder: string): (task: Task, container: ContainerDefinition, line: string) => void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return (_task, { name }, line) => appendFileSync(fileOf(folder, isOfMetrics(line) ? `${name}-metrics` : name), `${line}\n`);
}

/** What CloudWatch makes metrics of is for no person, and would push everything else off the end of the log. */
function isOfMetrics(line: string): boolean {
  return line.includes("\"_aws\":{");
}

/** The end of what a container's tasks have said, to go with the reason why they do not run. */
export function lastLines(folder: string, container: string): string[] {
  const file = fileOf(folder, container);
  if (!existsSync(file)) {
    return [`they wrote nothing to ${file}`];
  }
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-shownLines);
  return [`last lines of ${file}:`, ...lines.map((line) => `  ${line}`)];
}

function fileOf(folder: string, container: string): string {
  return join(folder, `${container}.log`);
}
