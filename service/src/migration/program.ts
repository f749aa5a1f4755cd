import type { Logger } from "pino";

import { readMigrationConfig, type MigrationConfig } from "../config.ts";
import { createLog, messageOf } from "../log.ts";
import { Secrets } from "../secrets.ts";
import { nameTask } from "../task-metadata.ts";

/** Runs a program that does one thing and ends: with 0, or with 1 and one line that says why. */
export async function runOnce(
  name: string, work: (config: MigrationConfig, secrets: Secrets, log: Logger) => Promise<void>,
): Promise<void> {
  const program = `accounts-${name}`;
  try {
    const config = readMigrationConfig(process.env);
    const log = createLog(program, config.LOG_LEVEL);
    endOnSignals(name, log);
    await nameTask(log, process.env["ECS_CONTAINER_METADATA_URI_V4"]);
    const secrets = new Secrets(config.AWS_REGION);
    await work(config, secrets, log).finally(() => secrets.close());
    log.info(`${name} finished`);
  } catch (error) {
    createLog(program, "fatal").fatal(`${name} failed: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}

/** As the first process of its container it would not be stopped by these signals, only by the kill that follows. */
function endOnSignals(name: string, log: Logger): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      // With the process its connection ends, and with that its transaction and its lock.
      log.fatal(`${name} stopped by ${signal}: what it had begun is undone or finished by the next run`);
      process.exit(1);
    });
  }
}
