import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const path = join(import.meta.dirname, "../../docs/performance.md");
const end = "<!-- end of measured -->";

/** Replaces what the last run of the command has left between the two marks. */
export function writeIntoDocument(report: string, command = "npm run bench"): void {
  const begin = `<!-- measured: ${command} -- --markdown -->`;
  const text = readFileSync(path, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) {
    throw new Error(`${path} must have the lines ${begin} and ${end}`);
  }
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n\n${report}\n${text.slice(to)}`);
}
