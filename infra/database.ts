import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { DatabaseInstances, DatabaseSettings } from "../environments/settings";
import type { Encryption } from "./encryption";
import { databasePort, type Firewall } from "./firewall";
import { databaseIdentifier, databaseLogGroupName } from "./names";
import type { Network } from "./network";

/** PostgreSQL's major version; RDS installs the minor ones by itself in the maintenance window. */
const majorVersion = "18";

export interface DatabaseArgs extends DatabaseSettings, DatabaseInstances {
  readonly network: Network;
  readonly firewall: Firewall;
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
}

/** The PostgreSQL instance. RDS makes and rotates the master password; the program never sees it. */
export class Database extends pulumi.ComponentResource {
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly databaseName = "accounts";
  /** As a person and CloudWatch's metrics know the instance. */
  readonly identifier: string;
  /** Changes with the instance, also where a restore keeps every name. */
  readonly resourceId: pulumi.Output<string>;
  /** The secret of RDS with `username` and `password`; only the migration may read it. */
  readonly masterSecretArn: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Database", name, {}, opts);

    const identifier = databaseIdentifier(args.generation);
    this.identifier = identifier;
    const subnets = new aws.rds.SubnetGroup(`${name}-subnets`, {
      description: "Isolated subnets: no route to or from the internet",
      subnetIds: args.network.isolatedSubnetIds,
    }, { parent: this });
    const parameters = new aws.rds.ParameterGroup(`${name}-parameters`, {
      family: `postgres${majorVersion}`,
      description: "PostgreSQL that talks TLS only",
      parameters: [{ name: "rds.force_ssl", value: "1" }],
    }, { parent: this });
    // RDS makes this group without retention when it finds none.
    const log = new aws.cloudwatch.LogGroup(`${name}-${args.generation}-log`, {
      name: databaseLogGroupName(identifier, "postgresql"),
      retentionInDays: args.logRetentionDays,
      kmsKeyId: args.encryption.keyArn,
    }, { parent: this });

    // Were the generation not part of the logical name, a restore would rename the instance that serves.
    const instance = new aws.rds.Instance(`${name}-${args.generation}`, {
      identifier,
      engine: "postgres",
      engineVersion: majorVersion,
      engineLifecycleSupport: "open-source-rds-extended-support-disabled",
      dbName: this.databaseName,
      port: databasePort,
      username: "accounts_master",
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.encryption.keyArn,
      instanceClass: args.instanceClass,
      multiAz: args.multiAz,
      storageType: "gp3",
      allocatedStorage: args.storageGiB,
      maxAllocatedStorage: args.maxStorageGiB,
      storageEncrypted: true,
      kmsKeyId: args.encryption.keyArn,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [args.firewall.database.id],
      publiclyAccessible: false,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      parameterGroupName: parameters.name,
      autoMinorVersionUpgrade: true,
      applyImmediately: args.applyImmediately,
      backupRetentionPeriod: args.backupRetentionDays,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: !args.deletionProtection,
      deletionProtection: args.deletionProtection,
      skipFinalSnapshot: !args.deletionProtection,
      finalSnapshotIdentifier: args.deletionProtection ? `${identifier}-final` : undefined,
      enabledCloudwatchLogsExports: ["postgresql"],
    }, { parent: this, dependsOn: [log], protect: args.deletionProtection });

    this.host = instance.address;
    this.port = instance.port;
    this.resourceId = instance.resourceId;
    this.masterSecretArn = instance.masterUserSecrets.apply(([secret]) => {
      if (secret === undefined) {
        throw new pulumi.ResourceError("RDS reports no secret for the master user, but manageMasterUserPassword is on", instance);
      }
      return secret.secretArn;
    });
    this.registerOutputs({ host: this.host });
  }
}
