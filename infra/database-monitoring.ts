import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import { prefix } from "./names";
import { rolePolicy, serviceRole, type RoleScope, type Statement } from "./roles";

/** What the instances are told of it, and what must be there before RDS tries it out. */
export interface OsMonitoring {
  readonly inputs: Pick<aws.rds.InstanceArgs, "monitoringInterval" | "monitoringRoleArn">;
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Lets RDS write every so many seconds what the operating systems of the instances do; 0 for never. */
export function osMonitoring(
  name: string, intervalSeconds: number, scope: RoleScope, parent: pulumi.Resource,
): OsMonitoring {
  if (intervalSeconds === 0) {
    return { inputs: { monitoringInterval: 0 }, dependsOn: [] };
  }
  const { region, accountId } = scope;
  const instances = `arn:aws:rds:${region}:${accountId}:db:${prefix}-*`;
  const role = serviceRole(`${name}-monitoring`, "monitoring.rds", instances, scope, parent);
  const rights = rolePolicy(`${name}-monitoring`, role, writeOsMetrics(scope), parent);
  return {
    inputs: { monitoringInterval: intervalSeconds, monitoringRoleArn: role.arn },
    dependsOn: [rights],
  };
}

/** All instances of a region share one group, RDSOSMetrics, which RDS makes and keeps for 30 days. */
function writeOsMetrics({ region, accountId }: RoleScope): Statement[] {
  const groups = `arn:aws:logs:${region}:${accountId}:log-group:RDS*`;
  return [
    { Effect: "Allow", Action: ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], Resource: groups },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
      Resource: `${groups}:log-stream:*`,
    },
  ];
}
