import assert from "node:assert/strict";

import { MigrationConfig, readMigrationConfig, readServiceConfig, ServiceConfig } from "../src/config.ts";

const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:accounts/test/service/database-ABC123";

const service: Record<string, string> = {
  HOST: "0.0.0.0",
  PORT: "8080",
  LOG_LEVEL: "info",
  TRUSTED_PROXY_CIDR: "10.10.0.0/16",
  DATABASE_HOST: "db.test",
  DATABASE_PORT: "5432",
  DATABASE_NAME: "accounts",
  DATABASE_CA_FILE: "rds-ca/eu-west-1.pem",
  DATABASE_POOL_CONNECTIONS: "8",
  DATABASE_LANE_CONNECTIONS: "2",
  DATABASE_STATEMENT_TIMEOUT_SECONDS: "2",
  REQUEST_TIMEOUT_SECONDS: "15",
  KEEP_ALIVE_TIMEOUT_SECONDS: "72",
  DRAIN_SECONDS: "10",
  STOP_TIMEOUT_SECONDS: "40",
  WRITES_PER_MINUTE: "600",
  PAGES_PER_MINUTE: "300",
  API_PAGE: "true",
  CORS_ORIGINS: "none",
  METRICS_NAMESPACE: "accounts/test",
  AWS_REGION: "eu-west-1",
  DATABASE_SECRET_ARN: secret,
  API_KEYS_SECRET_ARN: secret,
};

const migrationNames = [
  "LOG_LEVEL", "DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME", "DATABASE_CA_FILE", "AWS_REGION",
  "DATABASE_SECRET_ARN", "API_KEYS_SECRET_ARN",
];

describe("the service's configuration", () => {
  it("reads every variable into its type, and nothing else", () => {
    const config = readServiceConfig({ ...service, HOME: "/root" });

    assert.deepEqual(Object.keys(config).sort(), Object.keys(service).sort());
    assert.equal(config.PORT, 8080);
    assert.equal(config.DRAIN_SECONDS, 10);
    assert.equal(config.DATABASE_HOST, "db.test");
    assert.ok(Object.isFrozen(config));
  });

  for (const name of Object.keys(service)) {
    it(`does not start without ${name}, and says so in one line`, () => {
      assert.throws(() => readServiceConfig({ ...service, [name]: undefined }), new RegExp(`^ConfigError: ${name} is not set; it must be [^\\n]+$`));
    });
  }

  const refused: [string, string, string][] = [
    ["HOST", "localhost", "an IPv4 address to listen on, such as 0.0.0.0"],
    ["PORT", "0", "an integer from 1 to 65535"],
    ["PORT", "80.5", "an integer from 1 to 65535"],
    ["PORT", "", "an integer from 1 to 65535"],
    ["LOG_LEVEL", "verbose", "one of fatal, error, warn, info, debug, trace"],
    ["TRUSTED_PROXY_CIDR", "10.10.0.0", "an address range such as 10.0.0.0/16"],
    ["TRUSTED_PROXY_CIDR", "10.10.0.0/33", "an address range such as 10.0.0.0/16"],
    ["DATABASE_PORT", "postgres", "an integer from 1 to 65535"],
    ["DATABASE_POOL_CONNECTIONS", "0", "an integer from 1 to 1000"],
    ["DATABASE_LANE_CONNECTIONS", "9", "an integer from 0 to 8"],
    ["WRITES_PER_MINUTE", "0", "an integer from 1 to 10000000"],
    ["PAGES_PER_MINUTE", "0", "an integer from 1 to 10000000"],
    ["API_PAGE", "yes", "true or false"],
    ["CORS_ORIGINS", "", "`none`, or origins such as https://app.example.com, separated by commas"],
    ["CORS_ORIGINS", "*", "`none`, or origins such as https://app.example.com, separated by commas"],
    ["CORS_ORIGINS", "https://a.example/", "`none`, or origins such as https://app.example.com, separated by commas"],
    ["METRICS_NAMESPACE", "a b", "a namespace of CloudWatch metrics, such as accounts/dev"],
    ["DRAIN_SECONDS", "-1", "a number of seconds from 0 to 110"],
    ["STOP_TIMEOUT_SECONDS", "121", "a number of seconds above 0, at most 120"],
    ["AWS_REGION", "Ireland", "an AWS region such as eu-west-1"],
    ["API_KEYS_SECRET_ARN", "accounts/dev/keys", "the ARN of a secret in Secrets Manager"],
  ];
  for (const [name, value, allowed] of refused) {
    it(`refuses ${name}="${value}", naming the value and what is allowed`, () => {
      assert.throws(() => readServiceConfig({ ...service, [name]: value }), {
        name: "ConfigError", message: `${name} must be ${allowed}, got "${value}"`,
      });
    });
  }

  it("names all wrong variables at once, in one line", () => {
    assert.throws(() => readServiceConfig({ ...service, PORT: "x\ny", LOG_LEVEL: "loud" }), {
      message: "LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, got \"loud\"; "
        + "PORT must be an integer from 1 to 65535, got \"x\\ny\"",
    });
  });

  it("refuses a drain that would outlast the time ECS gives", () => {
    assert.throws(() => readServiceConfig({ ...service, DRAIN_SECONDS: "25", STOP_TIMEOUT_SECONDS: "30" }), {
      message: "DRAIN_SECONDS must be less than STOP_TIMEOUT_SECONDS - 5 = 25, got \"25\"",
    });
  });

  it("has a description for every variable of both programs, because errors are made of them", () => {
    for (const [name, schema] of Object.entries({ ...ServiceConfig.properties, ...MigrationConfig.properties })) {
      assert.match(String((schema as { description?: string }).description), /^(a|an|the|one|true|`none`,) /, name);
    }
  });
});

describe("the migration's configuration", () => {
  it("needs the master secret and what both programs share, and nothing of the service's own", () => {
    const variables = Object.fromEntries(migrationNames.map((name) => [name, service[name]]));
    const config = readMigrationConfig({ ...variables, DATABASE_MASTER_SECRET_ARN: secret });

    assert.deepEqual(Object.keys(config).sort(), [...migrationNames, "DATABASE_MASTER_SECRET_ARN"].sort());
    assert.throws(() => readMigrationConfig(variables), /^ConfigError: DATABASE_MASTER_SECRET_ARN is not set/);
  });
});
