import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkSettings } from "../environments/settings";
import type { Encryption } from "./encryption";
import { rolePolicy, serviceRole, type RoleScope } from "./roles";

export interface FlowLogArgs extends RoleScope {
  readonly vpcId: pulumi.Output<string>;
  readonly trafficType: Exclude<NetworkSettings["flowLogs"], "none">;
  readonly logGroupName: string;
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
}

/** A line for each connection of the VPC: from where, to what, how much, and whether it was let through. */
export function flowLog(name: string, args: FlowLogArgs, parent: pulumi.Resource): void {
  const logGroup = new aws.cloudwatch.LogGroup(name, {
    name: args.logGroupName,
    kmsKeyId: args.encryption.keyArn,
    retentionInDays: args.logRetentionDays,
  }, { parent });
  const role = serviceRole(name, "vpc-flow-logs", `arn:aws:ec2:${args.region}:${args.accountId}:vpc-flow-log/*`, args, parent);
  // Not among them: to make a group. One that AWS made would keep everything for ever, and in plain.
  const rights = rolePolicy(name, role, [{
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    Resource: pulumi.interpolate`${logGroup.arn}:*`,
  }], parent);
  new aws.ec2.FlowLog(name, {
    vpcId: args.vpcId,
    trafficType: args.trafficType,
    logDestinationType: "cloud-watch-logs",
    logDestination: logGroup.arn,
    iamRoleArn: role.arn,
    // Ten times fewer lines than by the minute, for the same connections.
    maxAggregationInterval: 600,
  }, { parent, dependsOn: [rights] });
}
