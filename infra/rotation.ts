import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { RotationSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import type { Firewall } from "./firewall";
import type { Migration } from "./migration";
import type { Network } from "./network";
import { rolePolicy, serviceRole, type RoleScope, type Statement } from "./roles";

export interface RotationArgs extends RoleScope {
  readonly settings: RotationSettings;
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
  /** By which CloudWatch's metrics know the schedule; `undefined` without one. */
  readonly groupName: pulumi.Output<string> | undefined;

  constructor(name: string, args: RotationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Rotation", name, {}, opts);

    this.groupName = args.settings === "none" ? undefined : this.scheduled(name, args, args.settings.schedule);
    this.registerOutputs({});
  }

  private scheduled(name: string, args: RotationArgs, schedule: string): pulumi.Output<string> {
    const { network, firewall, cluster, migration } = args;
    // Of its own, because what CloudWatch counts, and what the role can be bound to, is a group and not a schedule.
    const group = new aws.scheduler.ScheduleGroup(`${name}-group`, {}, { parent: this });
    const role = serviceRole(name, "scheduler", group.arn, args, this);
    const rights = rolePolicy(name, role, rightsOf(args), this);
    new aws.scheduler.Schedule(name, {
      description: "Renews the password of the service's database role",
      groupName: group.name,
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
    return group.name;
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
