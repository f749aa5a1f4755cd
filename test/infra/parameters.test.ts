import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { type Plan } from "../../offline/render";
import { all, containerOf, only, planOf, renderExample } from "../example/plans";

const parameterType = "aws:ssm/parameter:Parameter";
const secretType = "aws:secretsmanager/secret:Secret";

const shortHash = (value: string) => createHash("sha256").update(value).digest("hex").slice(0, 8);

const settings = (plan: Plan) => all(plan, parameterType).filter(({ urn }) => urn.includes("accounts:infra:Parameters$"));
const setting = (plan: Plan, key: string) => {
  const found = settings(plan).filter(({ name }) => new RegExp(`^parameters-${key}-[0-9a-f]{8}$`).test(name));
  assert.equal(found.length, 1, key);
  return found[0]!;
};
const names = (plan: Plan) => settings(plan).map(({ name }) => name);

/** What the setting of a container is read from. */
const source = (plan: Plan, part: "migration" | "service", variable: string) =>
  containerOf(plan, part).secrets.find(({ name }) => name === variable)?.valueFrom;

describe("Parameters", () => {
  const dev = {
    "api-page": "true",
    "cors-origins": "none",
    "database-ca-file": "rds-ca/eu-west-1.pem",
    "database-host": "accounts-dev-1.000000000000.eu-west-1.rds.amazonaws.com",
    "database-lane-connections": "2",
    "database-name": "accounts",
    "database-pool-connections": "4",
    "database-port": "5432",
    "database-statement-timeout-seconds": "2",
    "drain-seconds": "15",
    "host": "0.0.0.0",
    "keep-alive-timeout-seconds": "72",
    "log-level": "debug",
    "metrics-namespace": "accounts/dev",
    "pages-per-minute": "300",
    "port": "8080",
    "request-timeout-seconds": "15",
    "stop-timeout-seconds": "60",
    "trusted-proxy-cidr": "10.10.0.0/16",
    "writes-per-minute": "600",
  };
  const values = {
    dev,
    prod: {
      ...dev,
      "api-page": "false",
      "database-pool-connections": "8",
      "database-host": "accounts-prod-1.000000000000.eu-west-1.rds.amazonaws.com",
      "log-level": "info",
      "metrics-namespace": "accounts/prod",
      "pages-per-minute": "1200",
      "trusted-proxy-cidr": "10.20.0.0/16",
      "writes-per-minute": "6000",
    },
  };

  for (const [stack, expected] of Object.entries(values)) {
    it(`makes a readable parameter of each setting of ${stack}, whose name carries the value's hash`, async () => {
      const made = settings(await planOf(stack)).map(({ inputs }) => inputs);
      assert.deepEqual(made, Object.entries(expected).map(([key, value]) => ({
        name: `/accounts/${stack}/service/${key}/${shortHash(value)}`,
        type: "String",
        insecureValue: value,
      })));
    });
  }

  it("makes another parameter of another value and lets the others be, because ECS cannot pin a parameter's version", async () => {
    const before = names(await planOf("dev"));
    const after = names(await planOf("dev", { settings: { service: { logLevel: "error" } } }));
    assert.deepEqual(after.filter((name) => !before.includes(name)), [`parameters-log-level-${shortHash("error")}`]);
    assert.deepEqual(before.filter((name) => !after.includes(name)), [`parameters-log-level-${shortHash("debug")}`]);
  });

  for (const part of ["migration", "service"] as const) {
    it(`tells the ${part} of the other value, so that its task definition changes and is deployed`, async () => {
      const plan = await planOf("dev", { settings: { service: { logLevel: "error" } } });
      assert.equal(source(plan, part, "LOG_LEVEL"),
        `arn:aws:ssm:eu-west-1:123456789012:parameter/accounts/dev/service/log-level/${shortHash("error")}`);
    });
  }

  it("names the database's host and port after what AWS answers", async () => {
    const { plan } = await renderExample("dev", { database: { address: "localhost", port: 54321 } });
    assert.deepEqual([setting(plan, "database-host").inputs, setting(plan, "database-port").inputs], [
      { name: `/accounts/dev/service/database-host/${shortHash("localhost")}`, type: "String", insecureValue: "localhost" },
      { name: `/accounts/dev/service/database-port/${shortHash("54321")}`, type: "String", insecureValue: "54321" },
    ]);
  });

  it("has logical names that do not wait for that answer, because a preview must know them", async () => {
    const { plan } = await renderExample("dev", { database: { address: "localhost", port: 54321 } });
    assert.deepEqual(names(plan), names((await renderExample("dev")).plan));
  });

  it("makes another host parameter of another generation, so that the old tasks keep the one they were started with", async () => {
    const [before, after] = [await planOf("dev"), await planOf("dev", { config: { "accounts:databaseGeneration": "2" } })]
      .map((plan) => setting(plan, "database-host").name);
    assert.notEqual(after, before);
  });

  it("calls no two of them alike in AWS, also those of two generations with the same port, which a restore has at once", async () => {
    const plans = [await planOf("dev"), await planOf("dev", { config: { "accounts:databaseGeneration": "2" } })];
    const made = new Map(plans.flatMap(settings).map(({ name, inputs }) => [name, inputs["name"] as string]));
    const taken = [...made.values()];
    assert.deepEqual(taken.filter((name, index) => taken.indexOf(name) !== index), []);
  });

  it("points to the CA file of the stack's own region", async () => {
    const plan = await planOf("dev", {
      config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
    });
    assert.equal(setting(plan, "database-ca-file").inputs["insecureValue"], "rds-ca/eu-central-1.pem");
  });

  it("makes the secrets without a value, under names that a person can type, encrypted with the key", async () => {
    const plan = await planOf("prod");
    const kmsKeyId = only(plan, "aws:kms/key:Key").state["arn"];
    assert.deepEqual(all(plan, secretType).map(({ inputs }) => inputs), [
      { name: "accounts/prod/service/api-keys", description: "Keys of the API's clients", kmsKeyId, recoveryWindowInDays: 30 },
      { name: "accounts/prod/database/login", description: "Login of the service's database role", kmsKeyId, recoveryWindowInDays: 30 },
    ]);
  });

  it("deletes dev's secrets at once, because their names are to be had again by the next `pulumi up`", async () => {
    const windows = all(await planOf("dev"), secretType).map(({ inputs }) => inputs["recoveryWindowInDays"]);
    assert.deepEqual(windows, [0, 0]);
  });

  for (const [stack, protect] of [["dev", false], ["prod", true]] as const) {
    it(`${protect ? "protects" : "does not protect"} the secrets of ${stack} from Pulumi`, async () => {
      const secrets = all(await planOf(stack), secretType);
      assert.deepEqual(secrets.map(({ options }) => options.protect), [protect, protect]);
    });
  }

  it("tells the service where its secrets are, and nothing of the master's", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(containerOf(plan, "service").environment, [
      { name: "API_KEYS_SECRET_ARN", value: only(plan, secretType, "parameters-api-keys").state["arn"] },
      { name: "AWS_REGION", value: "eu-west-1" },
      { name: "DATABASE_SECRET_ARN", value: only(plan, secretType, "parameters-database").state["arn"] },
    ]);
  });

  it("tells the migration where the master's secret is, too", async () => {
    const plan = await planOf("dev");
    const { masterUserSecrets } = only(plan, "aws:rds/instance:Instance").state;
    assert.deepEqual(containerOf(plan, "migration").environment, [
      { name: "API_KEYS_SECRET_ARN", value: only(plan, secretType, "parameters-api-keys").state["arn"] },
      { name: "AWS_REGION", value: "eu-west-1" },
      { name: "DATABASE_MASTER_SECRET_ARN", value: masterUserSecrets[0].secretArn },
      { name: "DATABASE_SECRET_ARN", value: only(plan, secretType, "parameters-database").state["arn"] },
    ]);
  });

  it("gives the service all settings, by the parameter of that name", async () => {
    const plan = await planOf("prod");
    const variable = (name: string) => name.replace(/^parameters-(.*)-[0-9a-f]{8}$/, "$1").replaceAll("-", "_").toUpperCase();
    const expected = settings(plan).map(({ name, state }) => ({ name: variable(name), valueFrom: state["arn"] as string }));
    assert.deepEqual(containerOf(plan, "service").secrets, expected.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  });

  it("gives the migration what it needs to reach the database, from the same parameters", async () => {
    const plan = await planOf("prod");
    const { secrets } = containerOf(plan, "migration");
    assert.deepEqual(secrets.map(({ name }) => name),
      ["DATABASE_CA_FILE", "DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "LOG_LEVEL"]);
    assert.deepEqual(secrets.map(({ valueFrom }) => valueFrom), secrets.map(({ name }) => source(plan, "service", name)));
  });
});
