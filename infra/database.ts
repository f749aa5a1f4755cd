import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { DatabaseInstances, DatabaseSettings } from "../environments/settings";
import { databaseInstance } from "./database-instance";
import { osMonitoring } from "./database-monitoring";
import { majorVersions, software } from "./database-parameters";
import { beginning, databaseName, emptyDatabase } from "./database-restore";
import type { Encryption } from "./encryption";
import type { Firewall } from "./firewall";
import { databaseIdentifier } from "./names";
import type { Network } from "./network";
import type { RoleScope } from "./roles";

export interface DatabaseArgs extends DatabaseSettings, DatabaseInstances, RoleScope {
  readonly network: Network;
  readonly firewall: Firewall;
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
}

/**
 * The PostgreSQL instance that serves, and beside it the one before it for as long as that is wanted. RDS makes and
 * rotates the master password; the program never sees it.
 */
export class Database extends pulumi.ComponentResource {
  readonly host: pulumi.Output<string>;
  readonly port: pulumi.Output<number>;
  readonly databaseName = databaseName;
  /** As a person and CloudWatch's metrics know the instance. */
  readonly identifier: string;
  /** Of all instances there are: that one, and the one that is kept beside it. */
  readonly identifiers: readonly string[];
  /** Also of a version that an instance is about to leave. */
  readonly parameterGroupNames: readonly pulumi.Output<string>[];
  /** Changes with the instance, also where a restore keeps every name. */
  readonly resourceId: pulumi.Output<string>;
  /** The secret of RDS with `username` and `password`; only the migration may read it. */
  readonly masterSecretArn: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Database", name, {}, opts);

    const subnets = new aws.rds.SubnetGroup(`${name}-subnets`, {
      description: "Isolated subnets: no route to or from the internet",
      subnetIds: args.network.isolatedSubnetIds,
    }, { parent: this });
    const { parameterGroupNames, ...runs } = software(name, majorVersions, args, this);
    const common = {
      ...args,
      subnets,
      ...runs,
      monitoring: osMonitoring(name, args.monitoringIntervalSeconds, args, this),
    };
    const kept = args.kept && databaseInstance(name, { ...args.kept, beginning: emptyDatabase }, common, this);
    const serving = databaseInstance(name, {
      generation: args.generation,
      protect: args.deletionProtection,
      beginning: beginning(args.restore, kept),
    }, common, this);

    this.identifier = databaseIdentifier(args.generation);
    this.identifiers = [this.identifier, ...args.kept ? [databaseIdentifier(args.kept.generation)] : []];
    this.parameterGroupNames = parameterGroupNames;
    this.host = serving.address;
    this.port = serving.port;
    this.resourceId = serving.resourceId;
    this.masterSecretArn = serving.masterUserSecrets.apply(([secret]) => {
      if (secret === undefined) {
        throw new pulumi.ResourceError("RDS reports no secret for the master user, but manageMasterUserPassword is on", serving);
      }
      return secret.secretArn;
    });
    this.registerOutputs({ host: this.host });
  }
}
