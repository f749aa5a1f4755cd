import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { ParameterSettings, ServiceSettings } from "../environments/settings";
import type { Database } from "./database";
import type { Encryption } from "./encryption";
import { databasePort } from "./firewall";
import { metricsNamespace, parameterName, secretName, shortHash } from "./names";
import type { Network } from "./network";

export interface ParametersArgs extends ParameterSettings {
  readonly region: string;
  readonly encryption: Encryption;
  readonly network: Network;
  readonly database: Database;
  readonly service: ServiceSettings;
}

/** What ECS is to tell one container. */
export interface ContainerInputs {
  /** Values that stand in the task definition. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** ARNs of parameters that ECS reads when it starts the task. */
  readonly parameters: Readonly<Record<string, pulumi.Output<string>>>;
  /** Differs between two sets of parameters; part of logical names. */
  readonly identity: string;
}

interface Setting {
  readonly value: pulumi.Input<string>;
  /** Tells one value from another where the value itself is known to AWS only. */
  readonly identity: string;
}

/** What each container is told, made here and nowhere else; `service/src/config.ts` is the other side. */
export class Parameters extends pulumi.ComponentResource {
  readonly service: ContainerInputs;
  readonly migration: ContainerInputs;
  /** Login of the service's own role: made and filled by the migration. */
  readonly databaseSecretArn: pulumi.Output<string>;
  /** Keys of the API's clients: the migration puts a first one in. */
  readonly apiKeysSecretArn: pulumi.Output<string>;

  constructor(name: string, args: ParametersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Parameters", name, {}, opts);

    this.databaseSecretArn = this.secret(
      `${name}-database`, secretName("database", "login"), "Login of the service's database role", args);
    this.apiKeysSecretArn = this.secret(
      `${name}-api-keys`, secretName("service", "api-keys"), "Keys of the API's clients", args);
    const environment = {
      AWS_REGION: args.region,
      DATABASE_SECRET_ARN: this.databaseSecretArn,
      API_KEYS_SECRET_ARN: this.apiKeysSecretArn,
    };

    const settings = serviceSettings(args);
    const arns = mapValues(settings, (setting, key) => this.parameter(name, key, setting));
    const inputs = (keys: (keyof typeof settings)[]) => ({
      parameters: Object.fromEntries(keys.map((key) => [key, arns[key]])),
      identity: shortHash(keys.map((key) => `${key}=${settings[key].identity}`).join("\n")),
    });
    this.service = { environment, ...inputs(Object.keys(settings) as (keyof typeof settings)[]) };
    this.migration = {
      environment: { ...environment, DATABASE_MASTER_SECRET_ARN: args.database.masterSecretArn },
      ...inputs(["LOG_LEVEL", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_CA_FILE"]),
    };
    this.registerOutputs({});
  }

  /**
   * A parameter whose name carries its value's hash never changes: another value is another parameter, hence another
   * task definition and a deployment that can be rolled back. ECS reads parameters at task start and pins no version.
   * The logical name carries a hash, too: were it one resource that is replaced, going back to the old value after a
   * failed `pulumi up` would meet the old parameter, which is still waiting for its deletion.
   */
  private parameter(name: string, key: string, { value, identity }: Setting): pulumi.Output<string> {
    const kebab = key.toLowerCase().replaceAll("_", "-");
    return new aws.ssm.Parameter(`${name}-${kebab}-${shortHash(identity)}`, {
      name: pulumi.output(value).apply((text) => parameterName("service", kebab, shortHash(text))),
      type: "String",
      insecureValue: value,
    }, { parent: this }).arn;
  }

  /** Created empty: no secret's value is ever in Pulumi's state. */
  private secret(name: string, fullName: string, description: string, args: ParametersArgs): pulumi.Output<string> {
    return new aws.secretsmanager.Secret(name, {
      name: fullName,
      description,
      kmsKeyId: args.encryption.keyArn,
      recoveryWindowInDays: args.secretRecoveryWindowDays,
    }, { parent: this, protect: args.protect }).arn;
  }
}

function serviceSettings({ region, network, database, service }: ParametersArgs) {
  const { timeouts } = service;
  const known = (value: string | number): Setting => ({ value: String(value), identity: String(value) });
  return {
    // Every address of the task: the load balancer comes from outside of it.
    HOST: known("0.0.0.0"),
    PORT: known(service.port),
    LOG_LEVEL: known(service.logLevel),
    TRUSTED_PROXY_CIDR: known(network.cidrBlock),
    DATABASE_HOST: { value: database.host, identity: database.identifier },
    // A restored instance has another host and the same port, whose parameter is there already.
    DATABASE_PORT: { value: database.port.apply(String), identity: String(databasePort) },
    DATABASE_NAME: known(database.databaseName),
    DATABASE_CA_FILE: known(`rds-ca/${region}.pem`),
    DATABASE_POOL_CONNECTIONS: known(service.databasePoolConnections),
    DATABASE_LANE_CONNECTIONS: known(service.databaseLaneConnections),
    DATABASE_STATEMENT_TIMEOUT_SECONDS: known(timeouts.statementSeconds),
    REQUEST_TIMEOUT_SECONDS: known(timeouts.requestSeconds),
    KEEP_ALIVE_TIMEOUT_SECONDS: known(timeouts.keepAliveSeconds),
    DRAIN_SECONDS: known(timeouts.drainSeconds),
    STOP_TIMEOUT_SECONDS: known(timeouts.stopSeconds),
    WRITES_PER_MINUTE: known(service.writesPerMinute),
    PAGES_PER_MINUTE: known(service.pagesPerMinute),
    API_PAGE: known(String(service.apiPage)),
    // A parameter cannot be empty.
    CORS_ORIGINS: known(service.corsOrigins.join(",") || "none"),
    METRICS_NAMESPACE: known(metricsNamespace),
  };
}

function mapValues<K extends string, V, R>(record: Readonly<Record<K, V>>, map: (value: V, key: K) => R): Record<K, R> {
  const entries = Object.entries(record) as [K, V][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value, key)])) as Record<K, R>;
}
