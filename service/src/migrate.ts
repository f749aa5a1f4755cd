import { START_PATIENCE_SECONDS } from "./config.ts";
import { migrate } from "./migration/migration.ts";
import { runOnce } from "./migration/program.ts";

await runOnce("migration", (config, secrets, log) => migrate(config, secrets, START_PATIENCE_SECONDS, log));
