import { setTimeout as sleep } from "node:timers/promises";

import type { FastifyBaseLogger, FastifyInstance } from "fastify";

import { ApiKeys } from "./api-keys.ts";
import { buildApp } from "./app.ts";
import type { ServiceConfig } from "./config.ts";
import { connectionOptions } from "./database/connection.ts";
import { CredentialSource } from "./database/credentials.ts";
import { Database } from "./database/database.ts";
import { IdempotencyPurge } from "./idempotency-purge.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Traffic } from "./metrics/traffic.ts";
import { requireSchema, SchemaError } from "./database/schema.ts";
import { Secrets } from "./secrets.ts";
import type { Tracing } from "./tracing.ts";

export interface Service {
  readonly app: FastifyInstance;
  readonly lifecycle: Lifecycle;
  readonly database: Database;
  readonly secrets: Secrets;
  readonly credentials: CredentialSource;
  readonly traffic: Traffic;
  /** Reads the secrets and checks the schema until both are good, then becomes ready. Throws when it must not start. */
  prepare(patienceSeconds: number, signal: AbortSignal): Promise<void>;
}

/** Puts the parts together. Nothing is opened yet. */
export async function createService(
  config: ServiceConfig, log: FastifyBaseLogger, tracing?: Tracing,
): Promise<Service> {
  const secrets = new Secrets(config.AWS_REGION);
  const credentials = new CredentialSource(secrets, config.DATABASE_SECRET_ARN, log);
  const apiKeys = new ApiKeys(secrets, config.API_KEYS_SECRET_ARN, log);
  const lifecycle = new Lifecycle();
  const database = new Database({
    connection: connectionOptions(config, "accounts-service"),
    credentials,
    poolConnections: config.DATABASE_POOL_CONNECTIONS,
    laneConnections: config.DATABASE_LANE_CONNECTIONS,
    statementTimeoutSeconds: config.DATABASE_STATEMENT_TIMEOUT_SECONDS,
    observe: tracing?.observe,
    log,
  });
  const traffic = new Traffic();
  const app = await buildApp(config, { database, apiKeys, lifecycle, traffic, tracing, log });
  const purge = new IdempotencyPurge(database, log);
  app.addHook("onClose", async () => {
    await purge.stop();
    await database.close();
    await tracing?.stop();
    secrets.close();
  });

  const attempt = async (): Promise<void> => {
    await Promise.all([credentials.load(), apiKeys.load()]);
    await requireSchema(database);
    lifecycle.becomeReady();
    purge.start();
  };
  return {
    app, lifecycle, database, secrets, credentials, traffic,
    prepare: (patience, signal) => persist(attempt, patience, log, signal),
  };
}

/** A database that restarts or a role that AWS does not know yet is worth waiting for; an old schema is not. */
async function persist(
  attempt: () => Promise<void>, patienceSeconds: number, log: FastifyBaseLogger, signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + patienceSeconds * 1_000;
  for (;;) {
    try {
      return await attempt();
    } catch (err) {
      if (signal.aborted || err instanceof SchemaError || performance.now() >= giveUpAt) {
        throw err;
      }
      log.warn({ err }, "not ready yet, trying again");
      await sleep(500, undefined, { signal });
    }
  }
}
