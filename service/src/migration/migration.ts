import { setTimeout as sleep } from "node:timers/promises";

import { runner } from "node-pg-migrate";
import pg from "pg";
import type { Logger } from "pino";

import type { MigrationConfig } from "../config.ts";
import { MIGRATIONS_DIRECTORY, MIGRATIONS_TABLE, ownMigrations } from "../database/schema.ts";
import type { Secrets } from "../secrets.ts";
import { requireUnchanged } from "./applied-files.ts";
import { asMaster } from "./master.ts";
import { ensureApiKeys, ensureDatabaseSecret } from "./secret-values.ts";
import { ensureServiceRole } from "./service-role.ts";

/**
 * Brings an environment's database and secrets to what this version needs. Every step looks at what is there first, so
 * a run that was stopped is repaired by the next, and a run with nothing to do changes nothing.
 */
export async function migrate(
  config: MigrationConfig, secrets: Secrets, patienceSeconds: number, log: Logger,
): Promise<void> {
  await asMaster(config, secrets, patienceSeconds, log, async ({ master, connection }) => {
    const credentials = await ensureDatabaseSecret(secrets, config.DATABASE_SECRET_ARN, log);
    await ensureServiceRole(master, connection, credentials, log);
    await requireUnchanged(master);
    const applied = await applyWhenFree(master, patienceSeconds, log);
    await report(master, applied, log);
    await ensureApiKeys(secrets, config.API_KEYS_SECRET_ARN, log);
  });
}

/**
 * A change of a table waits behind open transactions, and every request for that table then waits behind the change.
 * So it waits for less time than the service gives a statement, lets the requests pass, and tries again.
 */
async function applyWhenFree(master: pg.Client, patienceSeconds: number, log: Logger): Promise<string[]> {
  await master.query("SET lock_timeout = '1s'");
  const giveUpAt = performance.now() + patienceSeconds * 1_000;
  for (;;) {
    try {
      return await applyMigrations(master, log);
    } catch (error) {
      const lockNotAvailable = "55P03";
      if (!(error instanceof pg.DatabaseError) || error.code !== lockNotAvailable || performance.now() >= giveUpAt) {
        throw error;
      }
      log.warn("a transaction holds a table that the migration changes, trying again");
      await sleep(1_000);
    }
  }
}

async function applyMigrations(master: pg.Client, log: Logger): Promise<string[]> {
  const applied = await runner({
    dbClient: master,
    dir: MIGRATIONS_DIRECTORY,
    direction: "up",
    migrationsTable: MIGRATIONS_TABLE,
    singleTransaction: true,
    checkOrder: true,
    // The master's lock covers the role and the secrets as well.
    noLock: true,
    logger: { info: () => undefined, warn: (text) => log.warn(text), error: (text) => log.error(text) },
  });
  return applied.map(({ name }) => name);
}

async function report(master: pg.Client, applied: readonly string[], log: Logger): Promise<void> {
  applied.forEach((name) => log.info(`migration ${name} applied`));

  const { rows } = await master.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`);
  const own = new Set(ownMigrations());
  const later = rows.map(({ name }) => name).filter((name) => !own.has(name));
  if (later.length > 0) {
    log.info(`the schema is newer than this version, left as it is: it also has ${later.join(", ")}`);
  } else if (applied.length === 0) {
    log.info("the schema is up to date");
  }
}
