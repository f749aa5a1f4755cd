import * as aws from "@pulumi/aws";

import type { rds } from "../../../policy/controls/rds";
import { a, disposable, kept, type Cases, type Inputs } from "../examples";

const database = (inputs: Inputs<typeof aws.rds.Instance>) => kept(a(aws.rds.Instance, inputs));
const settings = (values: Record<string, string>) => kept(a(aws.rds.ParameterGroup, {
  parameters: Object.entries(values).map(([name, value]) => ({ name, value })),
}));
const events = (sourceType: string, eventCategories: string[] | undefined, enabled?: boolean) =>
  [...database({}), a(aws.rds.EventSubscription, { sourceType, eventCategories, enabled })];
const snapshot = { skipFinalSnapshot: false, finalSnapshotIdentifier: "final", deleteAutomatedBackups: false };
const subnets = [
  a(aws.ec2.InternetGateway, {}, { name: "gateway" }),
  a(aws.ec2.Route, { routeTableId: "open", gatewayId: "gateway-id" }),
  a(aws.ec2.RouteTableAssociation, { routeTableId: "open", subnetId: "public" }),
];

export const rdsCases: Cases<typeof rds> = {
  "RDS.2": {
    passes: [database({}), database({ publiclyAccessible: false })],
    fails: [[database({ publiclyAccessible: true }), /publiclyAccessible must not be true/]],
  },
  "RDS.3": {
    passes: [database({ storageEncrypted: true })],
    fails: [[database({}), /storageEncrypted must be true, is unset/]],
  },
  "RDS.5": { passes: [database({ multiAz: true })], fails: [[database({ multiAz: false }), /multiAz must be true, is false/]] },
  "RDS.6": {
    passes: [database({ monitoringInterval: 60, monitoringRoleArn: "role" })],
    fails: [
      [database({ monitoringInterval: 0, monitoringRoleArn: "role" }), /monitoringInterval must be .*, is 0/],
      [database({ monitoringInterval: 60 }), /monitoringRoleArn must be set/],
    ],
  },
  "RDS.8": {
    passes: [
      database({ deletionProtection: true }),
      [...database({ deletionProtection: true }), a(aws.rds.Instance, { deletionProtection: false }, { name: "old" })],
    ],
    fails: [
      [database({}), /deletionProtection must be true, is unset/],
      [[...database({}), a(aws.rds.Instance, {}, { name: "old" })], /deletionProtection must be true, is unset/],
    ],
  },
  "RDS.9": {
    passes: [database({ enabledCloudwatchLogsExports: ["postgresql", "upgrade"] })],
    fails: [[database({ enabledCloudwatchLogsExports: ["postgresql"] }), /enabledCloudwatchLogsExports must hold upgrade/]],
  },
  "RDS.36": {
    passes: [database({ enabledCloudwatchLogsExports: ["postgresql"] })],
    fails: [[database({}), /enabledCloudwatchLogsExports must hold postgresql/]],
  },
  "RDS.10": {
    passes: [database({ iamDatabaseAuthenticationEnabled: true })],
    fails: [[database({}), /iamDatabaseAuthenticationEnabled must be true/]],
  },
  "RDS.11": {
    passes: [database({ backupRetentionPeriod: 7 }), disposable(a(aws.rds.Instance, { backupRetentionPeriod: 1 }))],
    fails: [
      [database({ backupRetentionPeriod: 6 }), /backupRetentionPeriod must be 7 or more, is 6/],
      [disposable(a(aws.rds.Instance, { backupRetentionPeriod: 0 })), /backupRetentionPeriod must be 1 or more, is 0/],
      [database({}), /backupRetentionPeriod must be 7 or more, is unset/],
    ],
  },
  "RDS.13": {
    passes: [database({}), database({ autoMinorVersionUpgrade: true })],
    fails: [[database({ autoMinorVersionUpgrade: false }), /autoMinorVersionUpgrade must not be false/]],
  },
  "RDS.17": {
    passes: [database({ copyTagsToSnapshot: true })],
    fails: [[database({}), /copyTagsToSnapshot must be true/]],
  },
  "RDS.20": {
    passes: [
      events("db-instance", ["maintenance", "configuration change", "failure"]),
      events("db-instance", undefined),
      events("db-instance", []),
    ],
    fails: [
      [database({}),
        /no aws\.rds\.EventSubscription of sourceType db-instance takes maintenance, configuration change, failure/],
      [events("db-instance", ["maintenance", "failure"]), /takes configuration change/],
      [events("db-instance", undefined, false), /takes maintenance/],
      [events("db-cluster", undefined), /takes maintenance/],
    ],
  },
  "RDS.21": {
    passes: [events("db-parameter-group", ["configuration change"])],
    fails: [[events("db-instance", ["configuration change"]), /sourceType db-parameter-group takes configuration change/]],
  },
  "RDS.25": {
    passes: [database({ username: "accounts_master" })],
    fails: [[database({ username: "postgres" }), /username must not be "postgres" or "admin"/]],
  },
  "RDS.38": {
    passes: [settings({ "rds.force_ssl": "1" })],
    fails: [
      [settings({ "rds.force_ssl": "0" }), /rds\.force_ssl must be "1", is "0"/],
      [settings({}), /rds\.force_ssl must be "1", is unset/],
    ],
  },
  "RDS.46": {
    passes: [kept(...subnets, a(aws.rds.SubnetGroup, { subnetIds: ["isolated"] }))],
    fails: [[kept(...subnets, a(aws.rds.SubnetGroup, { subnetIds: ["isolated", "public"] })), /public is a public subnet/]],
  },
  "CKV_AWS_211": {
    passes: [database({ caCertIdentifier: "rds-ca-rsa2048-g1" })],
    fails: [[database({ caCertIdentifier: "rds-ca-2019" }), /caCertIdentifier must be .*, is "rds-ca-2019"/]],
  },
  "final-snapshot": {
    passes: [database(snapshot)],
    fails: [
      [database({ ...snapshot, skipFinalSnapshot: true }), /skipFinalSnapshot must not be true/],
      [database({ ...snapshot, finalSnapshotIdentifier: undefined }), /finalSnapshotIdentifier must be set/],
      [database({ ...snapshot, deleteAutomatedBackups: true }), /deleteAutomatedBackups must be false, is true/],
    ],
  },
  "storage-grows": {
    passes: [database({ allocatedStorage: 20, maxAllocatedStorage: 50 })],
    fails: [
      [database({ allocatedStorage: 20 }), /maxAllocatedStorage must be above allocatedStorage, 20, is 0/],
      [database({ allocatedStorage: 20, maxAllocatedStorage: 20 }), /is 20/],
    ],
  },
  "windows": {
    passes: [database({ backupWindow: "02:00-02:30", maintenanceWindow: "tue:03:00-tue:04:00" })],
    fails: [
      [database({ backupWindow: "02:00-02:30" }), /maintenanceWindow must be set/],
      [database({ maintenanceWindow: "tue:03:00-tue:04:00" }), /backupWindow must be set/],
    ],
  },
  "changes-in-the-window": {
    passes: [database({ applyImmediately: false })],
    fails: [[database({ applyImmediately: true }), /applyImmediately must not be true/]],
  },
  "no-password": {
    passes: [database({ manageMasterUserPassword: true })],
    fails: [
      [database({}), /manageMasterUserPassword must be true/],
      [database({ manageMasterUserPassword: true, password: "x" }), /password must not be set/],
    ],
  },
  "no-values-in-the-log": {
    passes: [settings({ log_parameter_max_length: "0", log_parameter_max_length_on_error: "0" })],
    fails: [
      [settings({ log_parameter_max_length: "-1", log_parameter_max_length_on_error: "0" }),
        /log_parameter_max_length must be "0", is "-1"/],
      [settings({ log_parameter_max_length: "0" }), /log_parameter_max_length_on_error must be "0", is unset/],
    ],
  },
};
