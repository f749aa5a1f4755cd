import type { Statement } from "../plans";
import { known, type Facts } from "./facts";

/** Trust names no resource: it stands on the role. Whoever a statement is about may be anybody, or under conditions. */
export type WrittenStatement = Omit<Statement, "Condition" | "Principal" | "Resource"> & {
  readonly Principal?: string | Readonly<Record<string, string>>;
  readonly Resource?: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>> | undefined>>;
};

/** All that a role is: who may take it, and what it may do. */
export interface RoleDocuments {
  readonly trust: WrittenStatement[];
  readonly rights: WrittenStatement[];
}

/** Every role by its logical name; one that is missing here fails the tests. */
export const roleDocuments: Readonly<Record<string, (facts: Facts) => RoleDocuments>> = {
  "service-execution": (facts) => ({ trust: takenBy("ecs-tasks", "ecs", "*", facts), rights: starts("service", facts) }),
  "service-task": (facts) => ({
    trust: takenBy("ecs-tasks", "ecs", "*", facts),
    rights: [
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [facts.databaseLogin, facts.apiKeys] },
      through("secretsmanager", ["kms:Decrypt"], facts),
    ],
  }),
  "migration-execution": (facts) => ({ trust: takenBy("ecs-tasks", "ecs", "*", facts), rights: starts("migration", facts) }),
  "migration-task": (facts) => ({
    trust: takenBy("ecs-tasks", "ecs", "*", facts),
    rights: [
      {
        Effect: "Allow",
        Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        Resource: facts.master,
      },
      {
        Effect: "Allow",
        Action: [
          "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        Resource: [facts.databaseLogin, facts.apiKeys],
      },
      through("secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"], facts),
    ],
  }),
  "network-flow-log": (facts) => ({
    trust: takenBy("vpc-flow-logs", "ec2", "vpc-flow-log/*", facts),
    rights: [{
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: `${known(facts.logGroups, "network-flow-log")}:*`,
    }],
  }),
  "database-monitoring": (facts) => ({
    trust: takenBy("monitoring.rds", "rds", `db:accounts-${facts.stack}-*`, facts),
    rights: [
      { Effect: "Allow", Action: ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], Resource: logGroup("RDS*", facts) },
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
        Resource: `${logGroup("RDS*", facts)}:log-stream:*`,
      },
    ],
  }),
  "rotation": (facts) => ({
    trust: takenBy("scheduler", "scheduler", `schedule-group/accounts-${facts.stack}-rotation-group-000000`, facts),
    rights: [
      {
        Effect: "Allow",
        Action: "ecs:RunTask",
        Resource: `arn:aws:ecs:${facts.region}:${facts.accountId}:task-definition/accounts-${facts.stack}-migration:*`,
        Condition: { ArnEquals: { "ecs:cluster": facts.cluster } },
      },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: [known(facts.roles, "migration-execution"), known(facts.roles, "migration-task")],
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
    ],
  }),
};

/** What stands on a resource, by `type name` of what holds it; one that is missing here fails the tests. */
export function resourceDocument(holder: string, facts: Facts): WrittenStatement[] | undefined {
  return resourceDocuments[holder]?.(facts)
    ?? (holder.startsWith("aws:ec2/vpcEndpoint:VpcEndpoint endpoints-") ? callsOfThisAccount(facts) : undefined);
}

const resourceDocuments: Readonly<Record<string, (facts: Facts) => WrittenStatement[]>> = {
  "aws:kms/key:Key encryption": (facts) => {
    const uses = ["kms:Decrypt", "kms:GenerateDataKey*"];
    return [
      { Sid: "IamOfThisAccount", Effect: "Allow", Principal: account(facts), Action: "kms:*", Resource: "*" },
      {
        Sid: "LogGroupsOfThisStack",
        Effect: "Allow",
        Principal: { Service: `logs.${facts.region}.amazonaws.com` },
        Action: ["kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*", ...uses],
        Resource: "*",
        Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": [
          `/accounts/${facts.stack}/*`,
          `/aws/rds/instance/accounts-${facts.stack}-*/*`,
          `/aws/ecs/containerinsights/accounts-${facts.stack}/performance`,
          `aws-waf-logs-accounts-${facts.stack}`,
        ].map((pattern) => logGroup(pattern, facts)) } },
      },
      lets("AlarmsToTheirTopic", "cloudwatch", uses, "*", facts),
      lets("DatabaseEventsToTheirTopic", "events.rds", uses, "*", facts),
      lets("EventsToTheirTopic", "events", uses, "*"),
    ];
  },
  "aws:sns/topicPolicy:TopicPolicy alerts-policy": (facts) => [
    {
      Sid: "IamOfThisAccount",
      Effect: "Allow",
      Principal: account(facts),
      Action: [
        "sns:AddPermission", "sns:DeleteTopic", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:Publish",
        "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
      ],
      Resource: facts.topic,
    },
    lets("AlarmsOfThisAccount", "cloudwatch", "sns:Publish", facts.topic, facts),
    lets("DatabaseEventsOfThisAccount", "events.rds", "sns:Publish", facts.topic, facts),
    lets("Events", "events", "sns:Publish", facts.topic),
    nothingInPlain("sns:Publish", facts.topic),
  ],
  "aws:s3/bucketPolicy:BucketPolicy load-balancer-logs-policy": ({ region, accountId, accessLogs = "" }) => [
    {
      Sid: "LinesOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `${accessLogs}/AWSLogs/${accountId}/*`,
      Condition: { ArnLike: { "aws:SourceArn": `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/*` } },
    },
    nothingInPlain("s3:*", accessLogs, `${accessLogs}/*`),
  ],
  "aws:ec2/vpcEndpoint:VpcEndpoint network-s3": ({ region }) => [{
    Sid: "ImageLayers",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::prod-${region}-starport-layer-bucket/*`,
  }],
};

function account({ accountId }: Facts): WrittenStatement["Principal"] {
  return { AWS: `arn:aws:iam::${accountId}:root` };
}

function logGroup(name: string, { region, accountId }: Facts): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
}

/** A service of AWS, on behalf of something of this account and region. */
function takenBy(service: string, source: string, path: string, { region, accountId }: Facts): WrittenStatement[] {
  return [{
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: { "aws:SourceArn": `arn:aws:${source}:${region}:${accountId}:${path}` },
    },
  }];
}

/** A service of AWS; on behalf of this account where there are facts. */
function lets(
  sid: string, service: string, action: string | string[], resource: string, facts?: Facts,
): WrittenStatement {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: action,
    Resource: resource,
    ...facts && { Condition: { StringEquals: { "aws:SourceAccount": facts.accountId } } },
  };
}

function nothingInPlain(action: string, ...resources: string[]): WrittenStatement {
  return {
    Sid: "NothingInPlain",
    Effect: "Deny",
    Principal: "*",
    Action: action,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

function callsOfThisAccount({ accountId }: Facts): WrittenStatement[] {
  return [{
    Sid: "CallsOfThisAccount",
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalAccount": accountId } },
  }];
}

/** What ECS's agent needs to start a container: its image, its log, and the parameters it is told. */
function starts(part: "migration" | "service", facts: Facts): WrittenStatement[] {
  const pull: WrittenStatement[] = facts.repository === undefined ? [] : [
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    {
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      Resource: facts.repository,
    },
  ];
  return [
    ...pull,
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${known(facts.logGroups, `${part}-log`)}:*`,
    },
    { Effect: "Allow", Action: "ssm:GetParameters", Resource: facts.parameters(part) },
  ];
}

function through(service: string, actions: string[], { region, key }: Facts): WrittenStatement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: key,
    Condition: { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } },
  };
}
