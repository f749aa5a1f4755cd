import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Installs a command at `file` that runs the text of a CommonJS script. */
export function installCommand(file: string, script: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.cjs`, script);
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${file}.cjs" "$@"\n`, { mode: 0o755 });
}

/** What such a command has noted beside itself; nothing where it was never called. */
export function notesOf(file: string, name: string): string[] {
  return existsSync(`${file}.${name}`) ? readFileSync(`${file}.${name}`, "utf8").trim().split("\n") : [];
}
