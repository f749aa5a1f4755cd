import * as aws from "@pulumi/aws";

import { across, atLeast, each, knownEntries, must, mustBeSet, mustNot, unless, type Control, type Controls } from "../control";
import { instances } from "../instances";
import { keepsData } from "../kept-data";
import { publicSubnets } from "../subnets";

/** The database. */
export const rds = {
  "RDS.2": {
    title: "The database has no public address",
    severity: "critical",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ publiclyAccessible }) => mustNot({ publiclyAccessible }, true))],
  },
  "RDS.3": {
    title: "The database is encrypted at rest",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ storageEncrypted }) => must({ storageEncrypted }, true))],
  },
  "RDS.5": {
    title: "The database has a standby in another zone",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.rds.Instance, ({ multiAz }) => must({ multiAz }, true))],
  },
  "RDS.6": {
    title: "The operating system of the database is monitored",
    severity: "low",
    where: "keptData",
    resource: [each(aws.rds.Instance, (instance) => [
      must({ monitoringInterval: instance.monitoringInterval }, 1, 5, 10, 15, 30, 60),
      mustBeSet(instance, "monitoringRoleArn"),
    ].flat())],
  },
  "RDS.8": {
    title: "The database is protected from deletion",
    severity: "low",
    where: "keptData",
    stack: instances(({ props: { deletionProtection } }) => must({ deletionProtection }, true)),
  },
  "RDS.9": exportsLog("upgrade"),
  "RDS.36": exportsLog("postgresql"),
  "RDS.10": {
    title: "People may log in to the database with IAM",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.rds.Instance, ({ iamDatabaseAuthenticationEnabled }) =>
      must({ iamDatabaseAuthenticationEnabled }, true))],
  },
  "RDS.11": {
    title: "The database is backed up, for a week or more where its data is kept",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ backupRetentionPeriod }, { provider }) =>
      atLeast(keepsData(provider) ? 7 : 1, { backupRetentionPeriod }))],
  },
  "RDS.13": {
    title: "RDS installs minor versions",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ autoMinorVersionUpgrade }) => mustNot({ autoMinorVersionUpgrade }, false))],
  },
  "RDS.17": {
    title: "Snapshots carry the tags of their database",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ copyTagsToSnapshot }) => must({ copyTagsToSnapshot }, true))],
  },
  "RDS.20": subscribes("instance", "db-instance", ["maintenance", "configuration change", "failure"]),
  "RDS.21": subscribes("parameters", "db-parameter-group", ["configuration change"]),
  "RDS.25": {
    title: "The master user has a name that is not guessed first",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ username }) => mustNot({ username }, "postgres", "admin"))],
  },
  "RDS.38": {
    title: "The database talks TLS only",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.rds.ParameterGroup, ({ parameters = [] }) =>
      must({ "rds.force_ssl": parameters.find(({ name }) => name === "rds.force_ssl")?.value }, "1"))],
  },
  "RDS.46": {
    title: "The database stands in subnets without a route to the internet gateway",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      const open = publicSubnets(stack);
      for (const { resource, props } of stack.of(aws.rds.SubnetGroup)) {
        const subnets = knownEntries(() => props.subnetIds) ?? [];
        yield [resource, subnets.filter((id) => open.has(id ?? "")).map((id) => `${id} is a public subnet`)];
      }
    }),
  },
  "CKV_AWS_211": {
    title: "The certificate of the database is of a CA that clients will still know",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ caCertIdentifier }) =>
      must({ caCertIdentifier }, "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"))],
  },
  "final-snapshot": {
    title: "A snapshot and the backups are left when the database is deleted",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.rds.Instance, (instance) => [
      mustNot({ skipFinalSnapshot: instance.skipFinalSnapshot }, true),
      mustBeSet(instance, "finalSnapshotIdentifier"),
      must({ deleteAutomatedBackups: instance.deleteAutomatedBackups }, false),
    ].flat())],
  },
  "storage-grows": {
    title: "The storage of the database grows before it is full",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ allocatedStorage = 0, maxAllocatedStorage = 0 }) => unless(
      maxAllocatedStorage > allocatedStorage, `maxAllocatedStorage must be above allocatedStorage, ${allocatedStorage}, is ${maxAllocatedStorage}`))],
  },
  "windows": {
    title: "Backups and maintenance come at a time that was chosen",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.rds.Instance, (instance) => mustBeSet(instance, "backupWindow", "maintenanceWindow"))],
  },
  "changes-in-the-window": {
    title: "Changes that interrupt the database wait for the maintenance window",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.rds.Instance, ({ applyImmediately }) => mustNot({ applyImmediately }, true))],
  },
  "no-password": {
    title: "RDS makes the master's password, and the program never sees it",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.rds.Instance, ({ manageMasterUserPassword, password }) => [
      must({ manageMasterUserPassword }, true),
      unless(password === undefined, "password must not be set"),
    ].flat())],
  },
  "no-values-in-the-log": {
    title: "The log of slow statements does not hold the values of their parameters",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.rds.ParameterGroup, ({ parameters = [] }) =>
      ["log_parameter_max_length", "log_parameter_max_length_on_error"].flatMap((wanted) =>
        must({ [wanted]: parameters.find(({ name }) => name === wanted)?.value }, "0")))],
  },
} satisfies Controls;

function exportsLog(log: string): Control {
  return {
    title: `The database's ${log} log goes to CloudWatch`,
    severity: "medium",
    where: "keptData",
    resource: [each(aws.rds.Instance, ({ enabledCloudwatchLogsExports = [] }) =>
      unless(enabledCloudwatchLogsExports.includes(log), `enabledCloudwatchLogsExports must hold ${log}`))],
  };
}

function subscribes(what: string, sourceType: string, categories: readonly string[]): Control {
  return {
    title: `Somebody hears of events of the database's ${what}`,
    severity: "low",
    where: "keptData",
    stack: across(function* (stack) {
      const heard = new Set(stack.of(aws.rds.EventSubscription)
        .filter(({ props }) => props.sourceType === sourceType && props.enabled !== false)
        // Without categories it takes them all.
        .flatMap(({ props: { eventCategories = [] } }) => eventCategories.length > 0 ? eventCategories : categories));
      const missing = categories.filter((category) => !heard.has(category));
      for (const { resource } of stack.of(aws.rds.Instance)) {
        yield [resource, unless(missing.length === 0, `no aws.rds.EventSubscription of sourceType ${sourceType} takes ${missing.join(", ")}`)];
      }
    }),
  };
}
