import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const path = join(import.meta.dirname, "../../docs/performance.md");
const [begin, end] = ["<!-- measured: npm run bench -- --markdown -->", "<!-- end of measured -->"];

/** Replaces what the last run has left between the two marks. */
export function writeIntoDocument(report: string): void {
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) {
    throw new Error(`${path} must have the lines ${begin} and ${end}`);
  }
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n\n${report}\n${text.slice(to)}`);
}
