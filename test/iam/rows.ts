import type { Part } from "../plans";
import type { Facts } from "./facts";

/** Somebody asks for something. */
export interface Row {
  /** The logical name of a role, a service of AWS such as `ecs-tasks.amazonaws.com`, or an ARN of somebody else. */
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

/** What is asked of every stack, and what IAM has to answer. */
export function rows(facts: Facts, role: (name: string) => string): Row[] {
  return [
    ...execution("service", facts),
    ...execution("migration", facts),
    ...serviceTask(facts),
    ...migrationTask(facts),
    ...trust(facts, role),
    ...key(facts),
  ];
}

function execution(part: Part, facts: Facts): Row[] {
  const who = `${part}-execution`;
  const other = part === "service" ? "migration" : "service";
  const stranger = (arn: string) => arn.replace(/accounts([-/])(\w+)/, "accounts$1stranger");
  const stream = (group: string) => `${group}:log-stream:${part}/${part}/1`;
  const [parameter = ""] = facts.parameters(part);
  return [
    may(who, "ecr:GetAuthorizationToken", "*"),
    ...["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"].flatMap((action) => [
      may(who, action, facts.repository),
      mayNot(who, action, stranger(facts.repository)),
    ]),
    mayNot(who, "ecr:PutImage", facts.repository),
    ...["logs:CreateLogStream", "logs:PutLogEvents"].flatMap((action) => [
      may(who, action, stream(facts.logGroup(part))),
      mayNot(who, action, stream(facts.logGroup(other))),
    ]),
    mayNot(who, "logs:CreateLogGroup", facts.logGroup(part)),
    ...facts.parameters(part).map((told) => may(who, "ssm:GetParameters", told)),
    mayNot(who, "ssm:GetParameters", stranger(parameter)),
    mayNot(who, "ssm:GetParameters", parameter.replace(/\/service\/.*/, "/migration")),
    mayNot(who, "ssm:PutParameter", parameter),
    ...[facts.databaseLogin, facts.apiKeys, facts.master].map((secret) => mayNot(who, "secretsmanager:GetSecretValue", secret)),
  ];
}

const viaSecretsManager = ({ region }: Facts) => ({ "kms:ViaService": `secretsmanager.${region}.amazonaws.com` });

function serviceTask(facts: Facts): Row[] {
  const who = "service-task";
  return [
    ...[facts.databaseLogin, facts.apiKeys].flatMap((secret) => [
      may(who, "secretsmanager:GetSecretValue", secret),
      mayNot(who, "secretsmanager:PutSecretValue", secret),
      mayNot(who, "secretsmanager:DeleteSecret", secret),
    ]),
    mayNot(who, "secretsmanager:GetSecretValue", facts.master),
    mayNot(who, "secretsmanager:GetSecretValue", `${facts.apiKeys}-2`),
    may(who, "kms:Decrypt", facts.key, viaSecretsManager(facts)),
    mayNot(who, "kms:Decrypt", facts.key),
    mayNot(who, "kms:Decrypt", facts.key, { "kms:ViaService": `ssm.${facts.region}.amazonaws.com` }),
    mayNot(who, "kms:Decrypt", facts.key.replace(/key\/.*/, "key/11111111-1111-1111-1111-111111111111"), viaSecretsManager(facts)),
    mayNot(who, "kms:GenerateDataKey", facts.key, viaSecretsManager(facts)),
    mayNot(who, "ecs:RunTask", `arn:aws:ecs:${facts.region}:${facts.accountId}:task-definition/any:1`),
  ];
}

function migrationTask(facts: Facts): Row[] {
  const who = "migration-task";
  const own = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage"];
  return [
    ...own.flatMap((action) => [facts.databaseLogin, facts.apiKeys].map((secret) => may(who, action, secret))),
    ...own.slice(0, 2).map((action) => may(who, action, facts.master)),
    ...own.slice(2).map((action) => mayNot(who, action, facts.master)),
    mayNot(who, "secretsmanager:GetSecretValue", `${facts.apiKeys}-2`),
    mayNot(who, "secretsmanager:DeleteSecret", facts.apiKeys),
    ...["kms:Decrypt", "kms:GenerateDataKey"].flatMap((action) => [
      may(who, action, facts.key, viaSecretsManager(facts)),
      mayNot(who, action, facts.key),
    ]),
    mayNot(who, "kms:ScheduleKeyDeletion", facts.key),
  ];
}

/** Each role is taken by its service, for this account and region; by nobody else, and not for anybody else. */
function trust({ region, accountId }: Facts, role: (name: string) => string): Row[] {
  const taken = (name: string, service: string, source: string, resource: string): Row[] => {
    const who = `${service}.amazonaws.com`;
    const from = (account: string, place = region) => ({
      "aws:SourceAccount": account, "aws:SourceArn": `arn:aws:${source}:${place}:${account}:${resource}`,
    });
    return [
      may(who, "sts:AssumeRole", role(name), from(accountId)),
      mayNot(who, "sts:AssumeRole", role(name), from(otherAccount)),
      mayNot(who, "sts:AssumeRole", role(name), { ...from(accountId), "aws:SourceAccount": otherAccount }),
      mayNot(who, "sts:AssumeRole", role(name), from(accountId, "us-east-1")),
      mayNot(who, "sts:AssumeRole", role(name)),
      mayNot("lambda.amazonaws.com", "sts:AssumeRole", role(name), from(accountId)),
    ];
  };
  return ["service-execution", "service-task", "migration-execution", "migration-task"]
    .flatMap((name) => taken(name, "ecs-tasks", "ecs", "task/accounts/1"));
}

function key({ key, accountId }: Facts): Row[] {
  const from = (account: string) => ({ "aws:SourceAccount": account });
  return [
    ...["kms:Decrypt", "kms:GenerateDataKey"].flatMap((action) => [
      may("cloudwatch.amazonaws.com", action, key, from(accountId)),
      mayNot("cloudwatch.amazonaws.com", action, key, from(otherAccount)),
    ]),
    mayNot("cloudwatch.amazonaws.com", "kms:CreateGrant", key, from(accountId)),
    mayNot("s3.amazonaws.com", "kms:Decrypt", key, from(accountId)),
    mayNot(`arn:aws:iam::${otherAccount}:role/stranger`, "kms:Decrypt", key),
  ];
}
