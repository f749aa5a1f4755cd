import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface Recorded {
  /** Lines of the event log. */
  readonly events: string;
  readonly code: number;
  readonly stderr?: string;
}

/** Installs a CLI that plays one operation again: what it says, its event log, and its exit code. */
export function installRecordedPulumi(file: string, { events, code, stderr = "" }: Recorded): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.js`, `
    const [command, ...args] = process.argv.slice(2);
    if (command === "version") {
      console.log("v3.900.0");
    } else {
      require("node:fs").writeFileSync(args[args.indexOf("--event-log") + 1], ${JSON.stringify(events)});
      process.stderr.write(${JSON.stringify(stderr)});
      process.exitCode = ${code};
    }
  `);
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${file}.js" "$@"\n`, { mode: 0o755 });
}
