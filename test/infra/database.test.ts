import * as assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import { childrenOf, labels, only, planOf } from "../plans";

const instanceType = "aws:rds/instance:Instance";
const logType = "aws:cloudwatch/logGroup:LogGroup";

describe("Database", () => {
  it("is a private, encrypted PostgreSQL 18 that is small and gone at once in dev", async () => {
    const plan = await planOf("dev");
    const keyArn = only(plan, "aws:kms/key:Key").state["arn"];
    assert.deepEqual(only(plan, instanceType).inputs, {
      identifier: "accounts-dev-1",
      engine: "postgres",
      engineVersion: "18",
      engineLifecycleSupport: "open-source-rds-extended-support-disabled",
      dbName: "accounts",
      port: 5432,
      username: "accounts_master",
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: keyArn,
      instanceClass: "db.t4g.micro",
      multiAz: false,
      storageType: "gp3",
      allocatedStorage: 20,
      maxAllocatedStorage: 40,
      storageEncrypted: true,
      kmsKeyId: keyArn,
      dbSubnetGroupName: only(plan, "aws:rds/subnetGroup:SubnetGroup").state["name"],
      vpcSecurityGroupIds: ["firewall-database-id"],
      publiclyAccessible: false,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      parameterGroupName: only(plan, "aws:rds/parameterGroup:ParameterGroup").state["name"],
      autoMinorVersionUpgrade: true,
      applyImmediately: true,
      backupRetentionPeriod: 1,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: true,
      deletionProtection: false,
      skipFinalSnapshot: true,
      enabledCloudwatchLogsExports: ["postgresql"],
    });
  });

  it("differs in prod by size, standby, backups and protection, and by nothing else", async () => {
    const dev = only(await planOf("dev"), instanceType).inputs;
    const prod = only(await planOf("prod"), instanceType).inputs;
    const names = ["identifier", "dbSubnetGroupName", "parameterGroupName"];
    const differing = Object.keys({ ...dev, ...prod }).filter((key) => !isDeepStrictEqual(dev[key], prod[key]));
    const choices = differing.filter((key) => !names.includes(key));
    assert.deepEqual(Object.fromEntries(choices.map((key) => [key, prod[key]])), {
      allocatedStorage: 100,
      applyImmediately: false,
      backupRetentionPeriod: 14,
      deleteAutomatedBackups: false,
      deletionProtection: true,
      finalSnapshotIdentifier: "accounts-prod-1-final",
      instanceClass: "db.m7g.large",
      maxAllocatedStorage: 500,
      multiAz: true,
      skipFinalSnapshot: false,
    });
  });

  it("is protected in prod also from Pulumi, which would take the protection off before it replaces", async () => {
    assert.equal(only(await planOf("prod"), instanceType).options.protect, true);
  });

  it("can be destroyed in dev", async () => {
    assert.equal(only(await planOf("dev"), instanceType).options.protect, false);
  });

  for (const stack of ["dev", "prod"]) {
    it(`lives in the isolated subnets of ${stack}, where no route leads in or out`, async () => {
      const plan = await planOf(stack);
      assert.deepEqual(only(plan, "aws:rds/subnetGroup:SubnetGroup").inputs, {
        description: "Isolated subnets: no route to or from the internet",
        subnetIds: only(plan, "awsx:ec2:Vpc").state["isolatedSubnetIds"],
      });
    });
  }

  it("refuses connections without TLS", async () => {
    assert.deepEqual(only(await planOf("dev"), "aws:rds/parameterGroup:ParameterGroup").inputs, {
      family: "postgres18",
      description: "PostgreSQL that talks TLS only",
      parameters: [{ name: "rds.force_ssl", value: "1" }],
    });
  });

  it("has parameters of the same major version as the engine, which RDS demands", async () => {
    const plan = await planOf("prod");
    const { engine, engineVersion } = only(plan, instanceType).inputs;
    assert.equal(only(plan, "aws:rds/parameterGroup:ParameterGroup").inputs["family"], `${engine}${engineVersion}`);
  });

  it("writes its log to a group with retention and the key", async () => {
    const plan = await planOf("prod");
    assert.deepEqual(only(plan, logType, "database-1-log").inputs, {
      name: "/aws/rds/instance/accounts-prod-1/postgresql",
      retentionInDays: 365,
      kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
    });
  });

  it("waits for the log group, because RDS makes one without retention when it finds none", async () => {
    const plan = await planOf("dev");
    assert.ok(only(plan, instanceType).options.dependencies.includes(only(plan, logType, "database-1-log").urn));
  });

  it("becomes another instance beside the old one with the next generation, because a restore must not rename the one that serves", async () => {
    const plan = await planOf("dev", { config: { "accounts:databaseGeneration": "2" } });
    const { name, inputs } = only(plan, instanceType);
    assert.deepEqual({ name, identifier: inputs["identifier"] }, { name: "database-2", identifier: "accounts-dev-2" });
  });

  it("takes the log group along into the next generation, and keeps its subnets and parameters", async () => {
    const plan = await planOf("dev", { config: { "accounts:databaseGeneration": "2" } });
    assert.deepEqual(labels(childrenOf(plan, "Database")).toSorted(), [
      "aws:cloudwatch/logGroup:LogGroup database-2-log",
      "aws:rds/instance:Instance database-2",
      "aws:rds/parameterGroup:ParameterGroup database-parameters",
      "aws:rds/subnetGroup:SubnetGroup database-subnets",
    ]);
  });
});
