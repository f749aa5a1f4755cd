import { setTimeout as sleep } from "node:timers/promises";

import { runner } from "node-pg-migrate";
import pg from "pg";
import type { Logger } from "pino";

import type { MigrationConfig } from "../config.ts";
import { connectionOptions } from "../database/connection.ts";
import { Credentials } from "../database/credentials.ts";
import { faultOf } from "../database/errors.ts";
import { MIGRATIONS_DIRECTORY, MIGRATIONS_TABLE, ownMigrations } from "../database/schema.ts";
import type { Secrets } from "../secrets.ts";
import { ensureApiKeys, ensureDatabaseSecret } from "./secret-values.ts";
import { ensureServiceRole } from "./service-role.ts";

/** Any number, as long as every version uses the same. */
const LOCK = 4_021_967_105;

/**
 * Brings an environment's database and secrets to what this version needs. Every step looks at what is there first, so
 * a run that was stopped is repaired by the next, and a run with nothing to do changes nothing.
 */
export async function migrate(
  config: MigrationConfig, secrets: Secrets, patienceSeconds: number, log: Logger,
): Promise<void> {
  const connection: pg.ClientConfig = {
    ...connectionOptions(config, "accounts-migration"), connectionTimeoutMillis: 10_000,
  };
  const master = await connectAsMaster(config, connection, secrets, patienceSeconds, log);
  try {
    await lock(master, log);
    const credentials = await ensureDatabaseSecret(secrets, config.DATABASE_SECRET_ARN, log);
    await ensureServiceRole(master, connection, credentials, log);
    await applyMigrations(master, log);
    await ensureApiKeys(secrets, config.API_KEYS_SECRET_ARN, log);
  } finally {
    // Also gives the lock back.
    await master.end();
  }
}

/** RDS rotates the master password on its own, so a refusal is answered by reading the secret again. */
async function connectAsMaster(
  config: MigrationConfig, connection: pg.ClientConfig, secrets: Secrets, patienceSeconds: number, log: Logger,
): Promise<pg.Client> {
  const giveUpAt = performance.now() + patienceSeconds * 1_000;
  for (;;) {
    const { username, password } = await masterLogin(config, secrets, giveUpAt, log);
    const client = new pg.Client({ ...connection, user: username, password });
    try {
      await client.connect();
      client.on("error", (err) => log.error({ err }, "connection to the database lost"));
      return client;
    } catch (err) {
      await client.end().catch(() => undefined);
      if (faultOf(err) === "statement" || performance.now() >= giveUpAt) {
        throw err;
      }
      log.warn({ err }, "no connection to the database yet, trying again");
      await sleep(1_000);
    }
  }
}

/** On a first deployment the task may be faster than IAM: rights that were just given count some seconds later. */
async function masterLogin(
  config: MigrationConfig, secrets: Secrets, giveUpAt: number, log: Logger,
): Promise<Credentials> {
  for (;;) {
    try {
      return await secrets.read(Credentials, config.DATABASE_MASTER_SECRET_ARN);
    } catch (err) {
      if ((err as Error).name !== "AccessDeniedException" || performance.now() >= giveUpAt) {
        throw err;
      }
      log.warn({ err }, "the master's secret may not be read yet, trying again");
      await sleep(1_000);
    }
  }
}

/** Two deployments at once: the second waits, then finds the work done. */
async function lock(master: pg.Client, log: Logger): Promise<void> {
  const { rows: [attempt] } = await master.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [LOCK]);
  if (attempt?.locked !== true) {
    log.info("another migration is running, waiting for it");
    await master.query("SET lock_timeout = '10min'");
    await master.query("SELECT pg_advisory_lock($1)", [LOCK]);
  }
  // A change of a table waits behind open transactions, and all else then waits behind it: rather fail and run again.
  await master.query("SET lock_timeout = '10s'");
}

async function applyMigrations(master: pg.Client, log: Logger): Promise<void> {
  const applied = await runner({
    dbClient: master,
    dir: MIGRATIONS_DIRECTORY,
    direction: "up",
    migrationsTable: MIGRATIONS_TABLE,
    singleTransaction: true,
    checkOrder: true,
    // The lock above covers the role and the secrets as well.
    noLock: true,
    logger: { info: () => undefined, warn: (text) => log.warn(text), error: (text) => log.error(text) },
  });
  applied.forEach(({ name }) => log.info(`migration ${name} applied`));

  const { rows } = await master.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY id`);
  const own = new Set(ownMigrations());
  const later = rows.map(({ name }) => name).filter((name) => !own.has(name));
  if (later.length > 0) {
    log.info(`the schema is newer than this version, left as it is: it also has ${later.join(", ")}`);
  } else if (applied.length === 0) {
    log.info("the schema is up to date");
  }
}
