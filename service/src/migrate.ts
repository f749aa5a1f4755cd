import { readMigrationConfig } from "./config.ts";
import { createLog, messageOf } from "./log.ts";
import { migrate } from "./migration/migration.ts";
import { Secrets } from "./secrets.ts";

/** How long a run waits for a database that does not answer yet. */
const PATIENCE_SECONDS = 60;

try {
  const config = readMigrationConfig(process.env);
  const log = createLog("accounts-migration", config.LOG_LEVEL);
  const secrets = new Secrets(config.AWS_REGION);
  await migrate(config, secrets, PATIENCE_SECONDS, log);
  secrets.close();
  log.info("migration finished");
} catch (error) {
  createLog("accounts-migration", "fatal").fatal(`migration failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
