import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readEvents, type Previewed } from "./engine-events";
import { runPulumi } from "./run";

/** A run of Pulumi that changed nothing, with what it has found. */
export interface Observed extends Previewed {
  /** Pulumi's exit code. */
  readonly code: number;
  readonly stderr: string;
}

/**
 * Runs an operation that only looks, shows what Pulumi shows, and reads its event log: unlike `--json` that has
 * violations of policies, and leaves the terminal to people.
 */
export async function observe(
  args: readonly string[], shown: NodeJS.WritableStream = process.stdout,
): Promise<Observed> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-events-"));
  try {
    const log = join(folder, "events");
    const { code, stdout, stderr } = await runPulumi(
      [...args, "--diff", "--color", "never", "--non-interactive", "--event-log", log],
      // As the Automation API does: without it the CLI has no such option.
      { output: "capture", env: { PULUMI_DEBUG_COMMANDS: "true" } },
    );
    shown.write(stdout);
    process.stderr.write(stderr);
    return { code, stderr, ...readEvents(existsSync(log) ? readFileSync(log, "utf8") : "") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
