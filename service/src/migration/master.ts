import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";
import type { Logger } from "pino";

import type { MigrationConfig } from "../config.ts";
import { connectionOptions } from "../database/connection.ts";
import { Credentials } from "../database/credentials.ts";
import { faultOf } from "../database/errors.ts";
import type { Secrets } from "../secrets.ts";

/** Any number, as long as every version uses the same. */
const LOCK = 4_021_967_105;

/** What a piece of work on the database may use: the master's session, and how to open one as somebody else. */
export interface Mastery {
  readonly master: pg.Client;
  readonly connection: pg.ClientConfig;
}

/** Does `work` as the owner of the database, while nobody else migrates it or rotates its password. */
export async function asMaster(
  config: MigrationConfig, secrets: Secrets, patienceSeconds: number, log: Logger,
  work: (mastery: Mastery) => Promise<void>,
): Promise<void> {
  const connection: pg.ClientConfig = {
    ...connectionOptions(config, "accounts-migration"), connectionTimeoutMillis: 10_000,
  };
  const master = await connectAsMaster(config, connection, secrets, patienceSeconds, log);
  try {
    await lock(master, log);
    await work({ master, connection });
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
  // PostgreSQL would finish the statement of a task that was killed, and hold the lock until then.
  await master.query("SET client_connection_check_interval = '1s'");
  const { rows: [attempt] } = await master.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [LOCK]);
  if (attempt?.locked !== true) {
    log.info("another migration or rotation is running, waiting for it");
    await master.query("SET lock_timeout = '10min'");
    await master.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await master.query("RESET lock_timeout");
  }
}
