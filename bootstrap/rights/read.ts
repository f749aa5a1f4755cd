import { deploymentRecord, imageRepository } from "../../delivery/names";
import type { Stack } from "../account";
import { allow, arns, owned, roleArns, type Statement } from "../document";

/** To look at what a stack is made of as a refresh does, but at no data and no secret, for previews and deployments. */
export function readRights(stack: Stack): Statement[] {
  const { name } = stack;
  return [
    // IAM knows no resource for these.
    allow("Look", [
      "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
      "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs",
      "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePrefixLists", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
      "ecs:DescribeTaskDefinition",
      "elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes",
      "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes",
      "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
      "kms:ListAliases", "logs:DescribeLogGroups", "ssm:DescribeParameters",
    ], "*"),
    allow("LookAtOwn", ["ec2:DescribeVpcAttribute"], arns("ec2", stack, "vpc/*"), owned(stack)),
    // Their names are AWS's own, and what these tell is configuration.
    allow("LookAtKeys", ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      arns("kms", stack, "key/*")),
    allow("LookAtScaling", ["application-autoscaling:ListTagsForResource"], arns("application-autoscaling", stack, "scalable-target/*")),
    // The provider asks for an instance by a filter, and for alarms by name among all.
    allow("LookAmongAll", ["cloudwatch:DescribeAlarms", "rds:DescribeDBInstances"],
      [...arns("cloudwatch", stack, "alarm:*"), ...arns("rds", stack, "db:*")]),
    allow("LookAtDatabase", [
      "rds:DescribeDBParameterGroups", "rds:DescribeDBParameters", "rds:DescribeDBSubnetGroups", "rds:DescribeEventSubscriptions",
      "rds:ListTagsForResource",
    ], databaseArns(stack)),
    allow("LookAtContainers", [
      "ecs:DescribeClusters", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServices",
      "ecs:ListServiceDeployments", "ecs:ListTagsForResource",
    ], [
      ...arns("ecs", stack, `cluster/accounts-${name}`, `task-definition/accounts-${name}-*`),
      ...arns("ecs", stack, ...["service", "service-deployment", "service-revision"].map((kind) => `${kind}/accounts-${name}/*`)),
    ]),
    allow("LookAtRoles",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"],
      roleArns(stack, `accounts-${name}-*`)),
    allow("LookAtImages", ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"],
      arns("ecr", stack, `repository/accounts-${name}-image-*`)),
    allow("LookForImages", ["ecr:BatchGetImage", "ecr:DescribeImages"], arns("ecr", stack.images, `repository/${imageRepository}`)),
    allow("LookAtParameters", ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:ListTagsForResource"],
      arns("ssm", stack, `parameter/accounts/${name}/*`, `parameter${deploymentRecord(name)}`)),
    allow("LookAtSecrets", ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      arns("secretsmanager", stack, `secret:accounts/${name}/*`)),
  ];
}

/** The same for what watches the stack and stands at its door: one policy holds no more than 6,144 characters. */
export function watchReadRights(stack: Stack): Statement[] {
  return [
    allow("LookAtBuckets", bucketReads, bucketArn(stack)),
    ...watchReads(stack),
    ...stack.domainName === "" ? [] : domainReads(stack),
    ...stack.webFirewall ? [firewallReads(stack)] : [],
  ];
}

/** What RDS knows by the names that we gave it. */
export function databaseArns(stack: Stack): string[] {
  return arns("rds", stack, ...["db", "es", "pg", "subgrp"].map((kind) => `${kind}:accounts-${stack.name}-*`));
}

export function bucketArn({ name }: Stack): string {
  return `arn:aws:s3:::accounts-${name}-*`;
}

/** The groups that the program names, each with and without its streams. */
export function logGroupArns(stack: Stack): string[] {
  const { name } = stack;
  return arns("logs", stack, ...[
    `/accounts/${name}/*`, `/aws/rds/instance/accounts-${name}-*`, `/aws/ecs/containerinsights/accounts-${name}/*`,
    `aws-waf-logs-accounts-${name}`, `aws-waf-logs-accounts-${name}:*`,
  ].map((group) => `log-group:${group}`));
}

/** CloudWatch's dashboards are in no region. */
export function dashboardArn({ accountId, name }: Stack): string {
  return `arn:aws:cloudwatch::${accountId}:dashboard/accounts-${name}`;
}

export function budgetArn({ accountId, name }: Stack): string {
  return `arn:aws:budgets::${accountId}:budget/accounts-${name}-*`;
}

/** AWS allows them too few characters for the project as well. */
export function eventRuleArns(stack: Stack): string[] {
  return arns("events", stack, `rule/${stack.name}-monitoring-*`);
}

export function scheduleArns(stack: Stack): string[] {
  return arns("scheduler", stack, `schedule/accounts-${stack.name}-rotation-group-*/accounts-${stack.name}-rotation-*`);
}

export function scheduleGroupArns(stack: Stack): string[] {
  return arns("scheduler", stack, `schedule-group/accounts-${stack.name}-rotation-group-*`);
}

export function webAclArns(stack: Stack): string[] {
  return arns("wafv2", stack, `regional/webacl/accounts-${stack.name}-*/*`);
}

/** The name of every stack's balancer begins alike, since AWS allows it 32 characters. */
export function balancerArns(stack: Stack): string[] {
  return arns("elasticloadbalancing", stack, "loadbalancer/app/load-balancer-*/*");
}

const bucketReads = [
  "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
  "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
  "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
  "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration", "s3:ListBucket",
  "s3:ListTagsForResource",
];

function watchReads(stack: Stack): Statement[] {
  const { name } = stack;
  return [
    allow("LookAtLogGroups", ["logs:ListTagsForResource"], logGroupArns(stack)),
    allow("LookAtAlarms", ["cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"],
      [...arns("cloudwatch", stack, `alarm:accounts-${name}-*`), dashboardArn(stack)]),
    allow("LookAtTopics", ["sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource"],
      arns("sns", stack, `accounts-${name}-*`)),
    allow("LookAtEvents", ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"], eventRuleArns(stack)),
    allow("LookAtSchedules", ["scheduler:GetSchedule"], scheduleArns(stack)),
    allow("LookAtScheduleGroups", ["scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"], scheduleGroupArns(stack)),
    allow("LookAtBudget", ["budgets:ListTagsForResource", "budgets:ViewBudget"], budgetArn(stack)),
  ];
}

function domainReads(stack: Stack): Statement[] {
  return [
    allow("LookAtCertificates", ["acm:DescribeCertificate", "acm:ListTagsForCertificate"], arns("acm", stack, "certificate/*")),
    allow("LookForZone", ["route53:ListHostedZones", "route53:ListHostedZonesByName"], "*"),
    allow("LookAtZone",
      ["route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"],
      ["arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"]),
  ];
}

function firewallReads(stack: Stack): Statement {
  return allow("LookAtFirewall",
    ["wafv2:GetLoggingConfiguration", "wafv2:GetWebACL", "wafv2:GetWebACLForResource", "wafv2:ListTagsForResource"],
    [...webAclArns(stack), ...balancerArns(stack)]);
}
