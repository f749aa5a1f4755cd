import * as assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { Database } from "../../infra/database";
import { software } from "../../infra/database-parameters";
import type { Encryption } from "../../infra/encryption";
import type { Firewall } from "../../infra/firewall";
import type { Network } from "../../infra/network";
import { all, childrenOf, labels, only, planOf, statements } from "../example/plans";
import { dev } from "../example/settings";

const instanceType = "aws:rds/instance:Instance";
const groupType = "aws:rds/parameterGroup:ParameterGroup";
const logType = "aws:cloudwatch/logGroup:LogGroup";

/** What the stack file says of the database while a restore is under way. */
const keys = (generation: string, kept: string, restore: string) => ({
  "accounts:databaseGeneration": generation, "accounts:databaseKept": kept, "accounts:databaseRestore": restore,
});

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
      username: "accounts_master",
      port: 5432,
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
      iamDatabaseAuthenticationEnabled: true,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      parameterGroupName: only(plan, groupType).state["name"],
      autoMinorVersionUpgrade: true,
      allowMajorVersionUpgrade: true,
      applyImmediately: true,
      backupRetentionPeriod: 1,
      backupWindow: "02:00-02:30",
      maintenanceWindow: "tue:03:00-tue:04:00",
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: true,
      deletionProtection: false,
      skipFinalSnapshot: true,
      enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
      databaseInsightsMode: "standard",
      performanceInsightsEnabled: true,
      performanceInsightsRetentionPeriod: 7,
      performanceInsightsKmsKeyId: keyArn,
      monitoringInterval: 0,
    });
  });

  it("differs in prod by size, standby, backups, protection and monitoring, and by nothing else", async () => {
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
      monitoringInterval: 60,
      monitoringRoleArn: "arn:aws:iam::123456789012:role/accounts-prod-database-monitoring-000000",
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
    it(`forgets in ${stack} how it began, or to tidy up the stack file would replace it`, async () => {
      assert.deepEqual(only(await planOf(stack), instanceType).options.ignoreChanges,
        ["dbName", "username", "snapshotIdentifier", "restoreToPointInTime"]);
    });

    it(`is waited for in ${stack} for as long as a restore or an upgrade may take`, async () => {
      assert.deepEqual(only(await planOf(stack), instanceType).options.customTimeouts,
        { create: "120m", update: "120m", delete: "60m" });
    });

    it(`lives in the isolated subnets of ${stack}, where no route leads in or out`, async () => {
      const plan = await planOf(stack);
      assert.deepEqual(only(plan, "aws:rds/subnetGroup:SubnetGroup").inputs, {
        description: "Isolated subnets: no route to or from the internet",
        subnetIds: only(plan, "awsx:ec2:Vpc").state["isolatedSubnetIds"],
      });
    });
  }

  for (const [stack, maxConnections] of [["dev", "80"], ["prod", "400"]] as const) {
    it(`refuses connections without TLS in ${stack}, bounds them, and writes what is slow without users' data`, async () => {
      const { parameters, ...group } = only(await planOf(stack), groupType).inputs;
      assert.deepEqual(group, {
        family: "postgres18",
        description: "TLS only, a bounded number of connections, no data of users in the log",
      });
      const values = parameters as Record<string, string>[];
      assert.deepEqual(values.map(({ name, value, applyMethod }) => [name, value, applyMethod]), [
        ["rds.force_ssl", "1", "immediate"],
        ["log_min_duration_statement", "500", "immediate"],
        ["log_parameter_max_length", "0", "immediate"],
        ["log_parameter_max_length_on_error", "0", "immediate"],
        ["log_error_verbosity", "terse", "immediate"],
        ["log_lock_waits", "1", "immediate"],
        ["log_temp_files", "0", "immediate"],
        ["idle_in_transaction_session_timeout", "60000", "immediate"],
        ["max_connections", maxConnections, "pending-reboot"],
      ]);
    });
  }

  it("has parameters of the same major version as the engine, which RDS demands", async () => {
    const plan = await planOf("prod");
    const { engine, engineVersion, parameterGroupName } = only(plan, instanceType).inputs;
    const { inputs, state } = only(plan, groupType);
    assert.deepEqual([inputs["family"], state["name"]], [`${engine}${engineVersion}`, parameterGroupName]);
  });

  it("keeps the parameters of a version that it leaves, because they are in use until the window of the upgrade", async () => {
    const made: unknown[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        made.push([name, inputs["family"]]);
        return { id: name, state: { ...inputs, name } };
      },
      call: ({ inputs }) => inputs,
    }, "accounts", "dev");
    const parent = new pulumi.ComponentResource("accounts:test:Parent", "parent");
    const { majorVersion, parameters, parameterGroupNames } = software(
      "database", { current: "19", leaving: ["18"] }, dev.database, parent);
    const running = await new Promise<string>((resolve) => parameters.urn.apply(resolve));
    const watched = await new Promise((resolve) => pulumi.all([...parameterGroupNames]).apply(resolve));
    await pulumi.runtime.disconnect();
    assert.equal(majorVersion, "19");
    assert.match(running, /::database-parameters-19$/);
    assert.deepEqual(made.slice(1), [["database-parameters-19", "postgres19"], ["database-parameters-18", "postgres18"]]);
    assert.deepEqual(watched, ["database-parameters-19", "database-parameters-18"]);
  });

  it("does not go on without the master's secret, or the migration would be given a right to nothing", async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, name, arn: name, masterUserSecrets: [] } }),
      call: ({ inputs }) => inputs,
    }, "accounts", "dev");
    const { masterSecretArn } = new Database("database", {
      ...dev.database, generation: 1, restore: undefined, kept: undefined, logRetentionDays: 14,
      region: "eu-west-1", accountId: "123456789012", permissionsBoundary: "",
      network: { isolatedSubnetIds: pulumi.output(["subnet"]) } as Network,
      firewall: { database: { id: pulumi.output("group") } } as Firewall,
      encryption: { keyArn: pulumi.output("key") } as Encryption,
    });
    await assert.rejects((masterSecretArn as unknown as { promise(): Promise<string> }).promise(),
      /RDS reports no secret for the master user/);
  });

  for (const log of ["postgresql", "upgrade"]) {
    it(`writes its ${log} log to a group with retention and the key`, async () => {
      const plan = await planOf("prod");
      assert.deepEqual(only(plan, logType, `database-1-${log}-log`).inputs, {
        name: `/aws/rds/instance/accounts-prod-1/${log}`,
        retentionInDays: 365,
        kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
      });
    });

    it(`waits for the group of its ${log} log, because RDS makes one without retention when it finds none`, async () => {
      const plan = await planOf("dev");
      assert.ok(only(plan, instanceType).options.dependencies.includes(only(plan, logType, `database-1-${log}-log`).urn));
    });
  }

  describe("lets RDS write what the operating system does", () => {
    const roleType = "aws:iam/role:Role";
    const rightsType = "aws:iam/rolePolicy:RolePolicy";
    const name = "database-monitoring";

    it("in prod by a role that RDS alone may take, for instances of this stack", async () => {
      const [trust, ...others] = statements(only(await planOf("prod"), roleType, name).inputs["assumeRolePolicy"]);
      assert.deepEqual(others, []);
      assert.deepEqual(trust, {
        Effect: "Allow",
        Principal: { Service: "monitoring.rds.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnLike: { "aws:SourceArn": "arn:aws:rds:eu-west-1:123456789012:db:accounts-prod-*" },
        },
      });
    });

    it("to RDS's own groups and nothing else", async () => {
      const plan = await planOf("prod");
      const { role, policy } = only(plan, rightsType, name).inputs;
      assert.equal(role, only(plan, roleType, name).state["name"]);
      assert.deepEqual(statements(policy), [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
          Resource: "arn:aws:logs:eu-west-1:123456789012:log-group:RDS*",
        },
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:eu-west-1:123456789012:log-group:RDS*:log-stream:*",
        },
      ]);
    });

    it("from the start, because RDS tries the role out when it makes the instance", async () => {
      const plan = await planOf("prod");
      assert.ok(only(plan, instanceType).options.dependencies.includes(only(plan, rightsType, name).urn));
    });

    it("but not in dev, where nobody looks at it", async () => {
      assert.deepEqual(labels(childrenOf(await planOf("dev"), "Database")).filter((label) => label.includes(name)), []);
    });
  });

  describe("that is restored", () => {
    const source = "accounts-prod-1";
    const restores: [restore: string, beginning: object][] = [
      ["snapshot:rds:accounts-prod-1-2026-01-31-02-05", { snapshotIdentifier: "rds:accounts-prod-1-2026-01-31-02-05" }],
      ["time:2026-01-31T09:30:00Z",
        { restoreToPointInTime: { sourceDbInstanceIdentifier: source, restoreTime: "2026-01-31T09:30:00Z" } }],
      ["time:latest", { restoreToPointInTime: { sourceDbInstanceIdentifier: source, useLatestRestorableTime: true } }],
    ];
    for (const [restore, beginning] of restores) {
      it(`is another instance that begins with ${restore}, and without names, which RDS refuses in a restore`, async () => {
        const first = only(await planOf("prod"), instanceType).inputs;
        const plan = await planOf("prod", { config: keys("2", "1", restore) });
        const { dbName, username, ...common } = first;
        assert.deepEqual({ dbName, username }, { dbName: "accounts", username: "accounts_master" });
        assert.deepEqual(only(plan, instanceType, "database-2").inputs, {
          ...common,
          ...beginning,
          identifier: "accounts-prod-2",
          finalSnapshotIdentifier: "accounts-prod-2-final",
        });
      });
    }

    it("leaves the old instance as it is, protected by Pulumi and by RDS", async () => {
      const before = only(await planOf("prod"), instanceType, "database-1");
      const after = only(await planOf("prod", { config: keys("2", "1", "time:latest") }), instanceType, "database-1");
      assert.deepEqual(after, before);
      assert.deepEqual([after.options.protect, after.inputs["deletionProtection"]], [true, true]);
    });

    it("is protected itself", async () => {
      const { options, inputs } = only(await planOf("prod", { config: keys("2", "1", "time:latest") }), instanceType, "database-2");
      assert.deepEqual([options.protect, inputs["deletionProtection"]], [true, true]);
    });

    it("protects the old one also in dev, because who names it wants it", async () => {
      const { options, inputs } = only(await planOf("dev", { config: keys("2", "1", "") }), instanceType, "database-1");
      assert.deepEqual([options.protect, inputs["deletionProtection"]], [true, true]);
    });

    it("waits for the instance whose state it takes", async () => {
      const plan = await planOf("prod", { config: keys("2", "1", "time:latest") });
      const [kept, serving] = ["database-1", "database-2"].map((name) => only(plan, instanceType, name));
      assert.ok(serving?.options.dependencies.includes(kept?.urn ?? ""));
    });

    it("lets the old one go in a step of its own, with a last snapshot and its backups", async () => {
      const plan = await planOf("prod", { config: keys("2", "1 unprotected", "") });
      const { options, inputs } = only(plan, instanceType, "database-1");
      const { deletionProtection, deleteAutomatedBackups, skipFinalSnapshot, finalSnapshotIdentifier } = inputs;
      assert.deepEqual({ protect: options.protect, deletionProtection }, { protect: false, deletionProtection: false });
      assert.deepEqual({ deleteAutomatedBackups, skipFinalSnapshot, finalSnapshotIdentifier }, {
        deleteAutomatedBackups: false,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: "accounts-prod-1-final",
      });
    });

    it("is where the containers go, and what the schema is brought up to date for", async () => {
      const plan = await planOf("prod", { config: keys("2", "1", "time:latest") });
      const { address, resourceId, masterUserSecrets } = only(plan, instanceType, "database-2").state;
      const parameters = all(plan, "aws:ssm/parameter:Parameter");
      const hosts = parameters.filter(({ name }) => name.startsWith("parameters-database-host-"));
      assert.deepEqual(hosts.map(({ inputs }) => inputs["insecureValue"]), [address]);
      const migration = parameters.find(({ name }) => name === "migration");
      assert.equal(JSON.parse(migration?.inputs["insecureValue"]).database, resourceId);
      const readers = all(plan, "aws:iam/rolePolicy:RolePolicy")
        .filter(({ inputs }) => inputs["policy"].includes("secret:rds!")).map(({ name, inputs }) => [name, inputs["policy"]]);
      assert.deepEqual(readers.map(([name]) => name), ["migration-task"]);
      assert.deepEqual(statements(readers[0]?.[1])[0]?.Resource, masterUserSecrets[0].secretArn);
    });

    it("has log groups of its own, and shares subnets, parameters and role with the old one", async () => {
      const plan = await planOf("prod", { config: keys("2", "1", "time:latest") });
      assert.deepEqual(labels(childrenOf(plan, "Database")).toSorted(), [
        "aws:cloudwatch/logGroup:LogGroup database-1-postgresql-log",
        "aws:cloudwatch/logGroup:LogGroup database-1-upgrade-log",
        "aws:cloudwatch/logGroup:LogGroup database-2-postgresql-log",
        "aws:cloudwatch/logGroup:LogGroup database-2-upgrade-log",
        "aws:iam/role:Role database-monitoring",
        "aws:iam/rolePolicy:RolePolicy database-monitoring",
        "aws:rds/instance:Instance database-1",
        "aws:rds/instance:Instance database-2",
        "aws:rds/parameterGroup:ParameterGroup database-parameters-18",
        "aws:rds/subnetGroup:SubnetGroup database-subnets",
      ]);
    });
  });
});
