import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import type { DatabaseSettings } from "../environments/settings";
import type { OsMonitoring } from "./database-monitoring";
import type { Software } from "./database-parameters";
import { beginningOnly, type Beginning } from "./database-restore";
import type { Encryption } from "./encryption";
import { databasePort, type Firewall } from "./firewall";
import { databaseIdentifier, databaseLogGroupName } from "./names";

/** What all instances of a stack have in common. */
export interface InstanceArgs extends DatabaseSettings, Software {
  readonly firewall: Firewall;
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
  readonly subnets: aws.rds.SubnetGroup;
  readonly monitoring: OsMonitoring;
}

/** What tells one from the other. */
export interface Generation {
  readonly generation: number;
  /** Refuses its deletion, by Pulumi and by RDS. */
  readonly protect: boolean;
  readonly beginning: Beginning;
}

const exportedLogs = ["postgresql", "upgrade"];

/** An instance with the groups it logs to. Were the generation not part of their names, a restore would rename them. */
export function databaseInstance(
  name: string, { generation, protect, beginning }: Generation, args: InstanceArgs, parent: pulumi.Resource,
): aws.rds.Instance {
  const identifier = databaseIdentifier(generation);
  const { keyArn } = args.encryption;
  // RDS makes these groups without retention when it finds none.
  const logs = exportedLogs.map((log) => new aws.cloudwatch.LogGroup(`${name}-${generation}-${log}-log`, {
    name: databaseLogGroupName(identifier, log),
    retentionInDays: args.logRetentionDays,
    kmsKeyId: keyArn,
  }, { parent }));

  return new aws.rds.Instance(`${name}-${generation}`, {
    identifier,
    ...beginning,
    ...engine(args),
    manageMasterUserPassword: true,
    masterUserSecretKmsKeyId: keyArn,
    instanceClass: args.instanceClass,
    multiAz: args.multiAz,
    storageType: "gp3",
    allocatedStorage: args.storageGiB,
    maxAllocatedStorage: args.maxStorageGiB,
    storageEncrypted: true,
    kmsKeyId: keyArn,
    dbSubnetGroupName: args.subnets.name,
    vpcSecurityGroupIds: [args.firewall.database.id],
    port: databasePort,
    publiclyAccessible: false,
    iamDatabaseAuthenticationEnabled: true,
    ...upkeep(args),
    deletionProtection: protect,
    ...farewell(identifier, args.deletionProtection),
    enabledCloudwatchLogsExports: exportedLogs,
    ...insights(keyArn),
    ...args.monitoring.inputs,
  }, {
    parent,
    dependsOn: [...logs, ...args.monitoring.dependsOn],
    protect,
    ignoreChanges: beginningOnly,
    // A restore of much data, or an upgrade behind a snapshot, takes longer than the provider waits by itself.
    customTimeouts: { create: "120m", update: "120m", delete: "60m" },
  });
}

function engine({ majorVersion, parameters }: InstanceArgs) {
  return {
    engine: "postgres",
    engineVersion: majorVersion,
    engineLifecycleSupport: "open-source-rds-extended-support-disabled",
    parameterGroupName: parameters.name,
    caCertIdentifier: "rds-ca-rsa2048-g1",
    autoMinorVersionUpgrade: true,
    // Nothing is upgraded by it, but without it RDS refuses the version that we name.
    allowMajorVersionUpgrade: true,
  };
}

function upkeep({ applyImmediately, backupRetentionDays, backupWindow, maintenanceWindow }: InstanceArgs) {
  return {
    applyImmediately,
    backupRetentionPeriod: backupRetentionDays,
    backupWindow,
    maintenanceWindow,
    copyTagsToSnapshot: true,
  };
}

/** What stays of an instance that goes. An identifier is used once: the next stack begins with the next generation. */
function farewell(identifier: string, keep: boolean) {
  return {
    deleteAutomatedBackups: !keep,
    skipFinalSnapshot: !keep,
    finalSnapshotIdentifier: keep ? `${identifier}-final` : undefined,
  };
}

/** Database Insights, of which RDS's older name lives on in its inputs; these seven days cost nothing. */
function insights(keyArn: pulumi.Output<string>) {
  return {
    databaseInsightsMode: "standard",
    performanceInsightsEnabled: true,
    performanceInsightsRetentionPeriod: 7,
    performanceInsightsKmsKeyId: keyArn,
  };
}
