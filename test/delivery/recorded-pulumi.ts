import { rmSync } from "node:fs";

import { installCommand, notesOf } from "./fake-command";

export interface Recorded {
  /** Lines of the event log. */
  readonly events: string;
  readonly code: number;
  readonly stderr?: string;
}

/**
 * Installs a CLI that plays operations again: what each says, its event log, and its exit code. One after the other,
 * and the last one for ever.
 */
export function installRecordedPulumi(file: string, ...operations: readonly Recorded[]): void {
  rmSync(`${file}.played`, { force: true });
  installCommand(file, `
    const fs = require("node:fs");
    const operations = ${JSON.stringify(operations)};
    const [command, ...args] = process.argv.slice(2);
    if (command === "version") {
      console.log("v3.900.0");
    } else {
      const file = ${JSON.stringify(`${file}.played`)};
      const played = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\\n").length - 1 : 0;
      fs.appendFileSync(file, [command, ...args].join(" ") + "\\n");
      const { events, code, stderr = "" } = operations[Math.min(played, operations.length - 1)];
      fs.writeFileSync(args[args.indexOf("--event-log") + 1], events);
      process.stderr.write(stderr);
      process.exitCode = code;
    }
  `);
}

/** How many operations it has played. */
export function playedBy(file: string): number {
  return notesOf(file, "played").length;
}
