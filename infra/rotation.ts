import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { RotationSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import type { Firewall } from "./firewall";
import type { Migration } from "./migration";
import type { Network } from "./network";
import { rolePolicy, serviceRole, type RoleScope, type Statement } from "./roles";

export interface RotationArgs extends RotationSettings, RoleScope {
  readonly network: Network;
  readonly firewall: Firewall;
  readonly cluster: Cluster;
  readonly migration: Migration;
}

/**
 * Renews the password of the service's database role on a schedule, with the migration's task and another command. The
 * keys of the API stay as they are: clients hold them.
 */
export class Rotation extends pulumi.ComponentResource {
  constructor(name: string, args: RotationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Rotation", name, {}, opts);

    if (args.schedule !== "none") {
      this.scheduled(name, args, args.schedule);
    }
    this.registerOutputs({});
  }

  private scheduled(name: string, args: RotationArgs, schedule: string): void {
    const { network, firewall, cluster, migration, region, accountId } = args;
    // A single schedule cannot be named there; all that are in no group of their own are in this one.
    const group = `arn:aws:scheduler:${region}:${accountId}:schedule-group/default`;
    const role = serviceRole(name, "scheduler", group, args, this);
    const rights = rolePolicy(name, role, rightsOf(args), this);
    new aws.scheduler.Schedule(name, {
      description: "Renews the password of the service's database role",
      scheduleExpression: schedule,
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: cluster.arn,
        roleArn: role.arn,
        ecsParameters: {
          taskDefinitionArn: migration.taskDefinitionArn,
          launchType: "FARGATE",
          taskCount: 1,
          networkConfiguration: {
            subnets: network.privateSubnetIds,
            securityGroups: [firewall.migration.id],
            assignPublicIp: false,
          },
        },
        input: JSON.stringify({ containerOverrides: [{ name: migration.containerName, command: ["rotate.mjs"] }] }),
        // Beyond that it waits for its next turn, and not for a moment in which somebody deploys.
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 3600 },
      },
    }, { parent: this, dependsOn: [rights] });
  }
}

/** To start the migration's task in the stack's cluster, with the roles of that task, for ECS alone. */
function rightsOf({ cluster, migration, region, accountId }: RotationArgs): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: "ecs:RunTask",
      Resource: `arn:aws:ecs:${region}:${accountId}:task-definition/${migration.family}:*`,
      Condition: { ArnEquals: { "ecs:cluster": cluster.arn } },
    },
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: [migration.executionRoleArn, migration.taskRoleArn],
      Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ];
}
