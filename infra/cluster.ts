import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterSettings } from "../environments/settings";

/** Where the migration and the service run. */
export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;

  constructor(name: string, args: ClusterSettings, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Cluster", name, {}, opts);

    const cluster = new aws.ecs.Cluster(name, {
      settings: [{ name: "containerInsights", value: args.containerInsights }],
    }, { parent: this });

    this.arn = cluster.arn;
    this.clusterName = cluster.name;
    this.registerOutputs({ clusterName: this.clusterName });
  }
}
