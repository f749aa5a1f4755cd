import type { Part } from "../plans";
import { known, type Facts } from "./facts";

/** Somebody asks for something. */
export interface Row {
  /** The logical name of a role, a service of AWS such as `ecs-tasks.amazonaws.com`, or the ARN of somebody else. */
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly allowed: boolean;
}

const may = (who: string, action: string, resource: string, context?: Row["context"]): Row =>
  ({ who, action, resource, context, allowed: true });
const mayNot = (who: string, action: string, resource: string, context?: Row["context"]): Row =>
  ({ who, action, resource, context, allowed: false });

const otherAccount = "999999999999";
const stranger = `arn:aws:iam::${otherAccount}:role/stranger`;

/** What is asked in a stack, and what IAM has to answer. */
export function rows(facts: Facts): Row[] {
  const has = (role: string) => facts.roles.has(role);
  return [
    ...execution("service", facts),
    ...execution("migration", facts),
    ...serviceTask(facts),
    ...migrationTask(facts),
    ...has("network-flow-log") ? flowLog(facts) : [],
    ...has("database-monitoring") ? databaseMonitoring(facts) : [],
    ...has("rotation") ? rotation(facts) : [],
    ...trust(facts),
    ...key(facts),
    ...topic(facts),
    ...facts.accessLogs === undefined ? [] : accessLogs(facts.accessLogs, facts),
  ];
}

function execution(part: Part, facts: Facts): Row[] {
  const who = `${part}-execution`;
  const other = part === "service" ? "migration" : "service";
  const another = (arn: string) => arn.replace(/accounts([-/])(\w+)/, "accounts$1stranger");
  const stream = (of: Part) => `${known(facts.logGroups, `${of}-log`)}:log-stream:${part}/${part}/1`;
  const [parameter = ""] = facts.parameters(part);
  return [
    ...facts.repository === undefined ? [] : pull(who, facts.repository, `${facts.repository}-2`),
    ...["logs:CreateLogStream", "logs:PutLogEvents"].flatMap((action) => [
      may(who, action, stream(part)),
      mayNot(who, action, stream(other)),
    ]),
    mayNot(who, "logs:CreateLogGroup", known(facts.logGroups, `${part}-log`)),
    ...facts.parameters(part).map((told) => may(who, "ssm:GetParameters", told)),
    mayNot(who, "ssm:GetParameters", another(parameter)),
    mayNot(who, "ssm:GetParameters", parameter.replace(/\/service\/.*/, "/migration")),
    mayNot(who, "ssm:PutParameter", parameter),
    ...[facts.databaseLogin, facts.apiKeys, facts.master].map((secret) => mayNot(who, "secretsmanager:GetSecretValue", secret)),
  ];
}

function pull(who: string, repository: string, another: string): Row[] {
  return [
    may(who, "ecr:GetAuthorizationToken", "*"),
    ...["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"].flatMap((action) => [
      may(who, action, repository),
      mayNot(who, action, another),
    ]),
    mayNot(who, "ecr:PutImage", repository),
  ];
}

const through = (service: string, { region }: Facts) => ({ "kms:ViaService": `${service}.${region}.amazonaws.com` });

function serviceTask(facts: Facts): Row[] {
  const who = "service-task";
  const otherKey = facts.key.replace(/key\/.*/, "key/11111111-1111-1111-1111-111111111111");
  return [
    ...[facts.databaseLogin, facts.apiKeys].flatMap((secret) => [
      may(who, "secretsmanager:GetSecretValue", secret),
      mayNot(who, "secretsmanager:PutSecretValue", secret),
      mayNot(who, "secretsmanager:DeleteSecret", secret),
    ]),
    mayNot(who, "secretsmanager:GetSecretValue", facts.master),
    mayNot(who, "secretsmanager:GetSecretValue", `${facts.apiKeys}-2`),
    may(who, "kms:Decrypt", facts.key, through("secretsmanager", facts)),
    mayNot(who, "kms:Decrypt", facts.key),
    mayNot(who, "kms:Decrypt", facts.key, through("ssm", facts)),
    mayNot(who, "kms:Decrypt", otherKey, through("secretsmanager", facts)),
    mayNot(who, "kms:GenerateDataKey", facts.key, through("secretsmanager", facts)),
    mayNot(who, "ecs:RunTask", `arn:aws:ecs:${facts.region}:${facts.accountId}:task-definition/any:1`),
  ];
}

function migrationTask(facts: Facts): Row[] {
  const who = "migration-task";
  const reading = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
  const filling = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"];
  return [
    ...[...reading, ...filling].flatMap((action) =>
      [facts.databaseLogin, facts.apiKeys].map((secret) => may(who, action, secret))),
    ...reading.map((action) => may(who, action, facts.master)),
    ...filling.map((action) => mayNot(who, action, facts.master)),
    mayNot(who, "secretsmanager:GetSecretValue", `${facts.apiKeys}-2`),
    mayNot(who, "secretsmanager:DeleteSecret", facts.apiKeys),
    ...["kms:Decrypt", "kms:GenerateDataKey"].flatMap((action) => [
      may(who, action, facts.key, through("secretsmanager", facts)),
      mayNot(who, action, facts.key),
    ]),
    mayNot(who, "kms:ScheduleKeyDeletion", facts.key),
  ];
}

function flowLog(facts: Facts): Row[] {
  const who = "network-flow-log";
  const group = known(facts.logGroups, who);
  const stream = `${group}:log-stream:eni-1`;
  return [
    ...["logs:CreateLogStream", "logs:PutLogEvents"].flatMap((action) => [
      may(who, action, stream),
      mayNot(who, action, `${known(facts.logGroups, "service-log")}:log-stream:eni-1`),
    ]),
    // So CloudWatch Logs names a group to IAM, for all but a few actions.
    may(who, "logs:DescribeLogStreams", `${group}:log-stream:`),
    mayNot(who, "logs:CreateLogGroup", group),
    mayNot(who, "logs:DeleteLogGroup", group),
  ];
}

function databaseMonitoring(facts: Facts): Row[] {
  const who = "database-monitoring";
  const group = `arn:aws:logs:${facts.region}:${facts.accountId}:log-group:RDSOSMetrics`;
  return [
    ...["logs:CreateLogGroup", "logs:PutRetentionPolicy"].map((action) => may(who, action, group)),
    ...["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"]
      .flatMap((action) => [
        may(who, action, `${group}:log-stream:db-1`),
        mayNot(who, action, `${known(facts.logGroups, "service-log")}:log-stream:db-1`),
      ]),
    mayNot(who, "logs:DeleteLogGroup", group),
  ];
}

function rotation(facts: Facts): Row[] {
  const who = "rotation";
  const { region, accountId, stack } = facts;
  const definition = (family: string) => `arn:aws:ecs:${region}:${accountId}:task-definition/accounts-${stack}-${family}:7`;
  const here = { "ecs:cluster": facts.cluster };
  const toTasks = { "iam:PassedToService": "ecs-tasks.amazonaws.com" };
  const pass = (role: string) => known(facts.roles, role);
  return [
    may(who, "ecs:RunTask", definition("migration"), here),
    mayNot(who, "ecs:RunTask", definition("migration"), { "ecs:cluster": `${facts.cluster}-2` }),
    mayNot(who, "ecs:RunTask", definition("service"), here),
    ...["migration-execution", "migration-task"].flatMap((role) => [
      may(who, "iam:PassRole", pass(role), toTasks),
      mayNot(who, "iam:PassRole", pass(role), { "iam:PassedToService": "lambda.amazonaws.com" }),
    ]),
    mayNot(who, "iam:PassRole", pass("service-task"), toTasks),
    mayNot(who, "ecs:StopTask", `arn:aws:ecs:${region}:${accountId}:task/accounts/1`, here),
  ];
}

/** Who takes a role, on behalf of what. */
const takers: Readonly<Record<string, (facts: Facts) => [service: string, source: string, path: string]>> = {
  "service-execution": () => ["ecs-tasks", "ecs", "task/accounts/1"],
  "service-task": () => ["ecs-tasks", "ecs", "task/accounts/1"],
  "migration-execution": () => ["ecs-tasks", "ecs", "task/accounts/1"],
  "migration-task": () => ["ecs-tasks", "ecs", "task/accounts/1"],
  "network-flow-log": () => ["vpc-flow-logs", "ec2", "vpc-flow-log/fl-1"],
  "database-monitoring": ({ stack }) => ["monitoring.rds", "rds", `db:accounts-${stack}-1`],
  "rotation": ({ stack }) => ["scheduler", "scheduler", `schedule-group/accounts-${stack}-rotation-group-000000`],
};

/** Each role is taken by its service, for this account and region; by nobody else, and not for anybody else. */
function trust(facts: Facts): Row[] {
  const { region, accountId } = facts;
  return [...facts.roles].flatMap(([name, role]) => {
    const taker = takers[name];
    if (taker === undefined) {
      throw new Error(`the role ${name} is new: say in test/iam/rows.ts who takes it`);
    }
    const [service, source, path] = taker(facts);
    const who = `${service}.amazonaws.com`;
    const from = (account: string, place = region) => ({
      "aws:SourceAccount": account, "aws:SourceArn": `arn:aws:${source}:${place}:${account}:${path}`,
    });
    return [
      may(who, "sts:AssumeRole", role, from(accountId)),
      mayNot(who, "sts:AssumeRole", role, from(otherAccount)),
      mayNot(who, "sts:AssumeRole", role, { ...from(accountId), "aws:SourceAccount": otherAccount }),
      mayNot(who, "sts:AssumeRole", role, from(accountId, "us-east-1")),
      mayNot(who, "sts:AssumeRole", role),
      mayNot("lambda.amazonaws.com", "sts:AssumeRole", role, from(accountId)),
      mayNot(stranger, "sts:AssumeRole", role),
    ];
  });
}

const from = (account: string) => ({ "aws:SourceAccount": account });

/** Whoever may publish to the encrypted topic needs the key for it. */
function key({ key, accountId }: Facts): Row[] {
  return [
    ...["kms:Decrypt", "kms:GenerateDataKey"].flatMap((action) => [
      ...["cloudwatch", "events.rds"].flatMap((service) => [
        may(`${service}.amazonaws.com`, action, key, from(accountId)),
        mayNot(`${service}.amazonaws.com`, action, key, from(otherAccount)),
      ]),
      may("events.amazonaws.com", action, key),
    ]),
    mayNot("cloudwatch.amazonaws.com", "kms:CreateGrant", key, from(accountId)),
    mayNot("s3.amazonaws.com", "kms:Decrypt", key, from(accountId)),
    mayNot(stranger, "kms:Decrypt", key),
  ];
}

function topic({ topic, accountId }: Facts): Row[] {
  const byTls = { "aws:SecureTransport": "true" };
  return [
    ...["cloudwatch", "events.rds"].flatMap((service) => [
      may(`${service}.amazonaws.com`, "sns:Publish", topic, { ...from(accountId), ...byTls }),
      mayNot(`${service}.amazonaws.com`, "sns:Publish", topic, { ...from(otherAccount), ...byTls }),
    ]),
    may("events.amazonaws.com", "sns:Publish", topic, byTls),
    mayNot("events.amazonaws.com", "sns:Publish", topic, { "aws:SecureTransport": "false" }),
    mayNot("events.amazonaws.com", "sns:Subscribe", topic, byTls),
    mayNot("budgets.amazonaws.com", "sns:Publish", topic, { ...from(accountId), ...byTls }),
    mayNot(stranger, "sns:Publish", topic, byTls),
    mayNot("service-task", "sns:Publish", topic, byTls),
  ];
}

function accessLogs(bucket: string, { region, accountId }: Facts): Row[] {
  const who = "logdelivery.elasticloadbalancing.amazonaws.com";
  const by = (account: string, tls: string) => ({
    "aws:SourceArn": `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/x/1`, "aws:SecureTransport": tls,
  });
  const line = `${bucket}/AWSLogs/${accountId}/elasticloadbalancing/line.gz`;
  return [
    may(who, "s3:PutObject", line, by(accountId, "true")),
    mayNot(who, "s3:PutObject", line, by(otherAccount, "true")),
    mayNot(who, "s3:PutObject", line, by(accountId, "false")),
    mayNot(who, "s3:PutObject", `${bucket}/AWSLogs/${otherAccount}/line.gz`, by(accountId, "true")),
    mayNot(who, "s3:GetObject", line, by(accountId, "true")),
    mayNot("service-task", "s3:GetObject", line, { "aws:SecureTransport": "true" }),
    mayNot(stranger, "s3:GetObject", line, { "aws:SecureTransport": "true" }),
  ];
}
