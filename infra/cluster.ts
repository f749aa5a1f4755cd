import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterSettings } from "../environments/settings";
import type { Encryption } from "./encryption";
import { insightsLogGroupName, prefix } from "./names";

export interface ClusterArgs extends ClusterSettings {
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
}

/** Where the migration and the service run. */
export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Cluster", name, {}, opts);

    const cluster = new aws.ecs.Cluster(name, {
      // Container Insights calls its log group after the cluster, and that group is made first.
      name: prefix,
      settings: [{ name: "containerInsights", value: args.containerInsights }],
    }, { parent: this, dependsOn: insightsLog(name, args, this) });
    new aws.ecs.ClusterCapacityProviders(`${name}-capacity`, {
      clusterName: cluster.name,
      // Without a default strategy: each service says what it runs on.
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    }, { parent: this });

    this.arn = cluster.arn;
    this.clusterName = cluster.name;
    this.registerOutputs({ clusterName: this.clusterName });
  }
}

/** ECS would make the group with the first measurement, without our key, and keep everything for ever. */
function insightsLog(
  name: string, { containerInsights, encryption, logRetentionDays }: ClusterArgs, parent: pulumi.Resource,
): aws.cloudwatch.LogGroup[] {
  return containerInsights === "disabled" ? [] : [new aws.cloudwatch.LogGroup(`${name}-insights-log`, {
    name: insightsLogGroupName(prefix),
    retentionInDays: logRetentionDays,
    kmsKeyId: encryption.keyArn,
  }, { parent })];
}
