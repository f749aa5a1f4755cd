import { randomUUID } from "node:crypto";

import pg from "pg";
import type { Logger } from "pino";

import { startPostgres, type Postgres } from "../../../offline/stand-ins/postgres.ts";
import { startSecrets, type Secrets as SecretsEndpoint } from "../../../offline/stand-ins/secrets.ts";
import { readMigrationConfig } from "../../src/config.ts";
import { connectionOptions } from "../../src/database/connection.ts";
import type { Credentials } from "../../src/database/credentials.ts";
import { createLog } from "../../src/log.ts";
import { migrate } from "../../src/migration/migration.ts";
import { Secrets } from "../../src/secrets.ts";

const region = "eu-west-1";
const master = { username: "accounts_admin", password: "the master's own" };

export const arns = {
  database: arnOf("accounts/test/service/database-ABC123"),
  apiKeys: arnOf("accounts/test/service/api-keys-ABC123"),
  master: arnOf("rds!db-0123-ABC123"),
};

export const silent = createLog("test", "silent");

interface MigrateOptions {
  readonly log?: Logger;
  readonly patienceSeconds?: number;
  /** Instead of what the environment has. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL and an endpoint of Secrets Manager, as before the first migration: the secrets are empty. */
export interface TestEnvironment {
  readonly postgres: Postgres;
  readonly secrets: SecretsEndpoint;
  /** What either program reads from its environment, and what the AWS SDK does. */
  readonly variables: Readonly<Record<string, string>>;
  /** What PostgreSQL wrote to its log. */
  readonly log: readonly string[];
  migrate(options?: MigrateOptions): Promise<void>;
  readSecret<T>(arn: string): Promise<T>;
  putSecret(arn: string, value: unknown, stages?: string[]): Promise<void>;
  /** Opens a session as the owner of the database, or as the role whose credentials are given. */
  connect(as?: Credentials): Promise<pg.Client>;
  /** Runs SQL as the owner of the database, or as the role whose credentials are given. */
  query<Row extends pg.QueryResultRow>(sql: string, as?: Credentials): Promise<Row[]>;
  /** Runs SQL as the superuser, who sees all sessions. */
  queryAsSuperuser<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** `parameters` are the server's. */
export async function startEnvironment(parameters: Record<string, string> = {}): Promise<TestEnvironment> {
  const log: string[] = [];
  const postgres = await startPostgres({
    majorVersion: 18, database: "accounts", forceTls: true, parameters, onLine: (line) => log.push(line), ...master,
  });
  const secrets = await startSecrets({
    secrets: [
      { name: "accounts/test/service/database", arn: arns.database },
      { name: "accounts/test/service/api-keys", arn: arns.apiKeys },
      { name: "rds!db-0123", arn: arns.master, value: JSON.stringify(master) },
    ],
    parameters: [],
  });
  return new RunningEnvironment(postgres, secrets, log);
}

class RunningEnvironment implements TestEnvironment {
  readonly variables: Readonly<Record<string, string>>;

  constructor(readonly postgres: Postgres, readonly secrets: SecretsEndpoint, readonly log: readonly string[]) {
    this.variables = variablesFor(postgres, secrets);
    for (const name of Object.keys(this.variables).filter((name) => name.startsWith("AWS_"))) {
      process.env[name] = this.variables[name];
    }
  }

  async migrate({ log = silent, patienceSeconds = 0, variables = {} }: MigrateOptions = {}): Promise<void> {
    const secrets = new Secrets(region);
    const config = readMigrationConfig({ ...this.variables, ...variables });
    await migrate(config, secrets, patienceSeconds, log).finally(() => secrets.close());
  }

  async readSecret<T>(arn: string): Promise<T> {
    const { SecretString } = await this.secrets.call<{ SecretString: string }>(
      "secretsmanager.GetSecretValue", { SecretId: arn }, "test");
    return JSON.parse(SecretString) as T;
  }

  async putSecret(arn: string, value: unknown, stages = ["AWSCURRENT"]): Promise<void> {
    await this.secrets.call("secretsmanager.PutSecretValue", {
      SecretId: arn, SecretString: JSON.stringify(value), VersionStages: stages, ClientRequestToken: randomUUID(),
    }, "test");
  }

  async connect(as: Credentials = master): Promise<pg.Client> {
    const client = new pg.Client({
      ...connectionOptions(readMigrationConfig(this.variables), "test"), user: as.username, password: as.password,
    });
    try {
      await client.connect();
    } catch (error) {
      // A server that goes away may leave the socket open.
      void client.end();
      throw error;
    }
    return client;
  }

  async query<Row extends pg.QueryResultRow>(sql: string, as?: Credentials): Promise<Row[]> {
    const client = await this.connect(as);
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  queryAsSuperuser<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    return this.query(sql, this.postgres.superuser);
  }

  async stop(): Promise<void> {
    await Promise.all([this.postgres.stop(), this.secrets.stop()]);
  }
}

function variablesFor(postgres: Postgres, secrets: SecretsEndpoint): Record<string, string> {
  return {
    HOST: "127.0.0.1",
    PORT: "8080",
    LOG_LEVEL: "info",
    TRUSTED_PROXY_CIDR: "127.0.0.1/32",
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: String(postgres.port),
    DATABASE_NAME: "accounts",
    DATABASE_CA_FILE: postgres.caFile,
    DATABASE_POOL_CONNECTIONS: "4",
    DATABASE_LANE_CONNECTIONS: "2",
    DATABASE_STATEMENT_TIMEOUT_SECONDS: "2",
    REQUEST_TIMEOUT_SECONDS: "15",
    KEEP_ALIVE_TIMEOUT_SECONDS: "72",
    DRAIN_SECONDS: "2",
    STOP_TIMEOUT_SECONDS: "30",
    WRITES_PER_MINUTE: "1000000",
    PAGES_PER_MINUTE: "1000000",
    API_PAGE: "false",
    CORS_ORIGINS: "none",
    METRICS_NAMESPACE: "accounts/test",
    DATABASE_SECRET_ARN: arns.database,
    API_KEYS_SECRET_ARN: arns.apiKeys,
    DATABASE_MASTER_SECRET_ARN: arns.master,
    AWS_REGION: region,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
}

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:${region}:123456789012:secret:${name}`;
}
