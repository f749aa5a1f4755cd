import { permissionsBoundary } from "../../delivery/names";
import type { Stack } from "../account";
import { allow, arns, owned, policyArn, requested, roleArns, type Statement } from "../document";
import { logGroupArns, scheduleArns, scheduleGroupArns } from "./read";

/** Roles, containers, scaling, logs and the schedule; and the one-off tasks, which run with the pipeline's rights. */
export function serviceRights(stack: Stack): Statement[] {
  return [...roleRights(stack), ...containerRights(stack), ...scalingRights(stack), ...logRights(stack)];
}

/** The services of AWS that take a role of the program. */
const takers = ["ecs-tasks", "monitoring.rds", "scheduler", "vpc-flow-logs"];

/** Services that make a role of their own when an account uses them for the first time. */
const firstUsers = [
  "delivery.logs", "ecs", "ecs.application-autoscaling", "elasticloadbalancing", "rds", "wafv2",
];

/** Only roles within the stack's boundary: so that whatever they are told they may do, it is not more than that. */
function roleRights(stack: Stack): Statement[] {
  const own = roleArns(stack, `accounts-${stack.name}-*`);
  return [
    allow("BoundedRoles", [
      "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
      "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ], own, { StringEquals: { "iam:PermissionsBoundary": policyArn(stack, permissionsBoundary(stack.name)) } }),
    allow("TagRoles", ["iam:TagRole", "iam:UntagRole"], own),
    allow("PassRoles", ["iam:PassRole"], own,
      { StringEquals: { "iam:PassedToService": takers.map((service) => `${service}.amazonaws.com`) } }),
    allow("FirstUse", ["iam:CreateServiceLinkedRole"], roleArns(stack, "aws-service-role/*"),
      { StringEquals: { "iam:AWSServiceName": firstUsers.map((service) => `${service}.amazonaws.com`) } }),
  ];
}

function containerRights(stack: Stack): Statement[] {
  const cluster = `accounts-${stack.name}`;
  const inCluster = { ArnEquals: { "ecs:cluster": arns("ecs", stack, `cluster/${cluster}`) } };
  const definitions = arns("ecs", stack, `task-definition/${cluster}-*`);
  return [
    allow("Containers", [
      "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders",
      "ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateClusterSettings",
      "ecs:UpdateService",
    ], [...arns("ecs", stack, `cluster/${cluster}`, `service/${cluster}/*`, `task/${cluster}/*`), ...definitions]),
    // IAM knows no resource for it. A service goes on with a definition that is no longer registered.
    allow("OldDefinitions", ["ecs:DeregisterTaskDefinition"], "*"),
    allow("RunTasks", ["ecs:RunTask"], definitions, inCluster),
    allow("FollowTasks", ["ecs:DescribeTasks", "ecs:ListTasks", "ecs:StopTask"],
      arns("ecs", stack, `container-instance/${cluster}/*`, `task/${cluster}/*`), inCluster),
    allow("LogOfTasks", ["logs:FilterLogEvents", "logs:GetLogEvents"],
      arns("logs", stack, `log-group:/accounts/${stack.name}/migration*`)),
    allow("Repository", [
      "ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository", "ecr:PutImageScanningConfiguration",
      "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource", "ecr:UntagResource",
    ], arns("ecr", stack, `repository/accounts-${stack.name}-image-*`)),
    allow("Schedules", ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"], scheduleArns(stack)),
    allow("ScheduleGroups", [
      "scheduler:CreateScheduleGroup", "scheduler:DeleteScheduleGroup", "scheduler:TagResource", "scheduler:UntagResource",
    ], scheduleGroupArns(stack)),
  ];
}

function scalingRights(stack: Stack): Statement[] {
  const targets = arns("application-autoscaling", stack, "scalable-target/*");
  const register = "application-autoscaling:RegisterScalableTarget";
  const tag = "application-autoscaling:TagResource";
  return [
    allow("MakeScaling", [register, tag], targets, requested(stack)),
    allow("ChangeScaling", [
      "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy", register, tag, "application-autoscaling:UntagResource",
    ], targets, owned(stack)),
    // Application Auto Scaling makes these with the rights of whoever makes the policy.
    allow("AlarmsOfScaling", ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"],
      arns("cloudwatch", stack, `alarm:TargetTracking-service/accounts-${stack.name}/*`)),
  ];
}

function logRights(stack: Stack): Statement[] {
  return [
    allow("LogGroups", [
      "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy",
      "logs:DisassociateKmsKey", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
    ], logGroupArns(stack)),
  ];
}
