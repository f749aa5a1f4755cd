import { readMigrationConfig, START_PATIENCE_SECONDS } from "./config.ts";
import { createLog, messageOf } from "./log.ts";
import { migrate } from "./migration/migration.ts";
import { Secrets } from "./secrets.ts";

try {
  const config = readMigrationConfig(process.env);
  const log = createLog("accounts-migration", config.LOG_LEVEL);
  const secrets = new Secrets(config.AWS_REGION);
  await migrate(config, secrets, START_PATIENCE_SECONDS, log);
  secrets.close();
  log.info("migration finished");
} catch (error) {
  createLog("accounts-migration", "fatal").fatal(`migration failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
