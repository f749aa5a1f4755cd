import { Type, type Static, type TObject } from "typebox";

import { buildAjv } from "./validation.ts";

/** Seconds the service keeps back of STOP_TIMEOUT_SECONDS, so that it ends itself before ECS kills it. */
export const STOP_RESERVE_SECONDS = 5;

/** How long a start waits for the database and the secrets before it ends and says why. */
export const START_PATIENCE_SECONDS = 60;

// Each description completes the sentence "NAME must be ...", which is what a person reads when a value is refused.
const text = (description: string) => Type.String({ minLength: 1, description });
const port = Type.Integer({ minimum: 1, maximum: 65535, description: "an integer from 1 to 65535" });
const seconds = (most: number) =>
  Type.Number({ exclusiveMinimum: 0, maximum: most, description: `a number of seconds above 0, at most ${most}` });
const perMinute = Type.Integer({ minimum: 1, maximum: 10_000_000, description: "an integer from 1 to 10000000" });
const secretArn = Type.String({
  pattern: "^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+$",
  description: "the ARN of a secret in Secrets Manager",
});

const both = {
  LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "trace"], {
    description: "one of fatal, error, warn, info, debug, trace",
  }),
  DATABASE_HOST: text("the host name of the database"),
  DATABASE_PORT: port,
  DATABASE_NAME: text("the name of the database"),
  /** Relative to the working directory. */
  DATABASE_CA_FILE: text("the path of a PEM file with the CAs of the database"),
  DATABASE_SECRET_ARN: secretArn,
  API_KEYS_SECRET_ARN: secretArn,
  AWS_REGION: Type.String({ pattern: "^[a-z]{2}(-[a-z]+)+-[0-9]+$", description: "an AWS region such as eu-west-1" }),
};

/** What the service reads from its environment. Type and check are one definition, so they cannot disagree. */
export const ServiceConfig = Type.Object({
  ...both,
  /** The address to listen on: all of them, for a load balancer to reach. */
  HOST: Type.String({ format: "ipv4", description: "an IPv4 address to listen on, such as 0.0.0.0" }),
  PORT: port,
  /** The range of the VPC. Only a load balancer inside it may say who the client is. */
  TRUSTED_PROXY_CIDR: Type.String({ format: "cidr", description: "an address range such as 10.0.0.0/16" }),
  DATABASE_POOL_CONNECTIONS: Type.Integer({ minimum: 1, maximum: 1000, description: "an integer from 1 to 1000" }),
  /** Beside those of the pool; 0 switches the lane off. */
  DATABASE_LANE_CONNECTIONS: Type.Integer({ minimum: 0, maximum: 8, description: "an integer from 0 to 8" }),
  DATABASE_STATEMENT_TIMEOUT_SECONDS: seconds(60),
  REQUEST_TIMEOUT_SECONDS: seconds(300),
  KEEP_ALIVE_TIMEOUT_SECONDS: seconds(4000),
  DRAIN_SECONDS: Type.Number({ minimum: 0, maximum: 110, description: "a number of seconds from 0 to 110" }),
  STOP_TIMEOUT_SECONDS: seconds(120),
  /** Of one client, on one task. */
  WRITES_PER_MINUTE: perMinute,
  /** Of users or documents, of one client, on one task. */
  PAGES_PER_MINUTE: perMinute,
  /** Serves a page for people to read and try the API. */
  API_PAGE: Type.Boolean({ description: "true or false" }),
  CORS_ORIGINS: Type.String({
    pattern: "^(none|https?://[a-z0-9.-]+(:[0-9]+)?(,https?://[a-z0-9.-]+(:[0-9]+)?)*)$",
    description: "`none`, or origins such as https://app.example.com, separated by commas",
  }),
  METRICS_NAMESPACE: Type.String({
    pattern: "^[A-Za-z0-9._/#-]{1,255}$", description: "a namespace of CloudWatch metrics, such as accounts/dev",
  }),
});
export type ServiceConfig = Readonly<Static<typeof ServiceConfig>>;

/** What the migration task reads from its environment. */
export const MigrationConfig = Type.Object({
  ...both,
  DATABASE_MASTER_SECRET_ARN: secretArn,
});
export type MigrationConfig = Readonly<Static<typeof MigrationConfig>>;

/** Settings that both programs need to reach the database. */
export type DatabaseAddress =
  Pick<ServiceConfig, "DATABASE_HOST" | "DATABASE_PORT" | "DATABASE_NAME" | "DATABASE_CA_FILE">;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readServiceConfig(environment: Environment): ServiceConfig {
  const config: ServiceConfig = read(ServiceConfig, environment);
  const latest = config.STOP_TIMEOUT_SECONDS - STOP_RESERVE_SECONDS;
  if (config.DRAIN_SECONDS >= latest) {
    throw new ConfigError(`DRAIN_SECONDS must be less than STOP_TIMEOUT_SECONDS - ${STOP_RESERVE_SECONDS}`
      + ` = ${latest}, got "${environment["DRAIN_SECONDS"]}"`);
  }
  return config;
}

export function readMigrationConfig(environment: Environment): MigrationConfig {
  return read(MigrationConfig, environment);
}

/** Names every wrong variable at once, in one line: nobody should mend one only to meet the next. */
function read<T extends TObject>(schema: T, environment: Environment): Static<T> {
  // It is used once: to make the code of the check better would take longer than to run it as it is.
  const all = buildAjv({ coerceTypes: true, allErrors: true, code: { optimize: false } });
  const names = Object.keys(schema.properties);
  const config = Object.fromEntries(names.map((name) => [name, environment[name]]));
  const check = all.compile({ ...schema, required: [] });
  const wrong = new Set(check(config) ? [] : check.errors?.map(({ instancePath }) => instancePath.slice(1)));
  const faults = names.filter((name) => wrong.has(name) || environment[name] === undefined).map((name) => {
    const { description } = schema.properties[name] as { description?: string };
    const value = environment[name];
    return value === undefined
      ? `${name} is not set; it must be ${description}` : `${name} must be ${description}, got ${JSON.stringify(value)}`;
  });
  if (faults.length > 0) {
    throw new ConfigError(faults.join("; "));
  }
  return Object.freeze(config) as Static<T>;
}
