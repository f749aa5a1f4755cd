import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { committedStacks } from "../../offline/stack-file";
import { factsOf } from "../iam/facts";
import { rows } from "../iam/rows";
import type { Documents } from "../iam/simulate";
import { all, list, only, planOf, statements } from "../plans";
import { documentsOf, isAllowedTo, prepared } from "./prepared";

type Context = Readonly<Record<string, string | string[]>>;
type Row = readonly [title: string, action: string, resource: string, context?: Context];

const account = "123456789012";
const region = "eu-west-1";
const arn = (service: string, path: string) => `arn:aws:${service}:${region}:${account}:${path}`;
const iam = (path: string) => `arn:aws:iam::${account}:${path}`;
const state = `arn:aws:s3:::pipeline-accounts-state-${account}-${region}/.pulumi`;
const bucketOfState = state.replace("/.pulumi", "");
const images = arn("ecr", "repository/accounts");
const zone = "arn:aws:route53:::hostedzone/Z0";

const boundedBy = (name: string): Context => ({ "iam:PermissionsBoundary": iam(`policy/${name}`) });
const passedTo = (service: string): Context => ({ "iam:PassedToService": `${service}.amazonaws.com` });
const of = (project: string, stack: string): Context => ({ "aws:ResourceTag/Project": project, "aws:ResourceTag/Stack": stack });
const askedFor = (stack: string): Context => ({ "aws:RequestTag/Project": "accounts", "aws:RequestTag/Stack": stack });
const through = (service: string): Context => ({ "kms:ViaService": `${service}.${region}.amazonaws.com` });

/** What somebody would try who has the pipeline of dev, and wants to be an administrator, or to reach prod. */
const deployMayNot: Row[] = [
  ["make a role without a boundary", "iam:CreateRole", iam("role/accounts-dev-new")],
  ["make a role with another boundary", "iam:CreateRole", iam("role/accounts-dev-new"), boundedBy("AdministratorAccess")],
  ["make a role with the boundary of prod", "iam:CreateRole", iam("role/accounts-dev-new"), boundedBy("pipeline-accounts-boundary-prod")],
  ["make a role under another name", "iam:CreateRole", iam("role/administrator"), boundedBy("pipeline-accounts-boundary-dev")],
  ["give rights to a role without a boundary", "iam:PutRolePolicy", iam("role/accounts-dev-old")],
  ["let somebody into a role without a boundary", "iam:UpdateAssumeRolePolicy", iam("role/accounts-dev-old")],
  ["take a boundary away", "iam:DeleteRolePermissionsBoundary", iam("role/accounts-dev-new"), boundedBy("pipeline-accounts-boundary-dev")],
  ["loosen a boundary", "iam:PutRolePermissionsBoundary", iam("role/accounts-dev-new"), boundedBy("AdministratorAccess")],
  ["attach a policy of AWS", "iam:AttachRolePolicy", iam("role/accounts-dev-new"),
    { ...boundedBy("pipeline-accounts-boundary-dev"), "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess" }],
  ...["deploy-dev", "deploy-prod", "preview-prod", "build"].flatMap((role): Row[] => [
    [`give rights to ${role}`, "iam:PutRolePolicy", iam(`role/pipeline-accounts-${role}`), boundedBy("pipeline-accounts-boundary-dev")],
    [`let somebody into ${role}`, "iam:UpdateAssumeRolePolicy", iam(`role/pipeline-accounts-${role}`), boundedBy("pipeline-accounts-boundary-dev")],
    [`pass ${role}`, "iam:PassRole", iam(`role/pipeline-accounts-${role}`), passedTo("ecs-tasks")],
    [`take ${role}`, "sts:AssumeRole", iam(`role/pipeline-accounts-${role}`)],
  ]),
  ["rewrite its boundary", "iam:CreatePolicyVersion", iam("policy/pipeline-accounts-boundary-dev")],
  ["rewrite its guard", "iam:CreatePolicyVersion", iam("policy/pipeline-accounts-guard-dev")],
  ["rewrite its own rights", "iam:CreatePolicyVersion", iam("policy/pipeline-accounts-service-dev")],
  ["trust another repository", "iam:UpdateOpenIDConnectProviderThumbprint", iam("oidc-provider/token.actions.githubusercontent.com")],
  ["trust another issuer", "iam:CreateOpenIDConnectProvider", iam("oidc-provider/evil.example.com")],
  ["make a user", "iam:CreateUser", iam("user/accounts-dev-me")],
  ["make a key that does not end", "iam:CreateAccessKey", iam("user/accounts-dev-me")],
  ["pass a role of prod", "iam:PassRole", iam("role/accounts-prod-service-task-0000"), passedTo("ecs-tasks")],
  ["pass a role to Lambda", "iam:PassRole", iam("role/accounts-dev-service-task-0000"), passedTo("lambda")],
  ["pass a role to EC2", "iam:PassRole", iam("role/accounts-dev-service-task-0000"), passedTo("ec2")],
  ["run a function", "lambda:CreateFunction", arn("lambda", "function:accounts-dev-x"), passedTo("lambda")],
  ["start an instance", "ec2:RunInstances", arn("ec2", "instance/i-0"), askedFor("dev")],
  ["change prod's key policy", "kms:PutKeyPolicy", arn("kms", "key/prod"), of("accounts", "prod")],
  ["make prod's key its own by its tags", "kms:TagResource", arn("kms", "key/prod"), { ...of("accounts", "prod"), ...askedFor("dev") }],
  ["delete prod's key", "kms:ScheduleKeyDeletion", arn("kms", "key/prod"), of("accounts", "prod")],
  ["use prod's key by hand", "kms:Decrypt", arn("kms", "key/prod"), of("accounts", "prod")],
  ["use prod's key through Secrets Manager", "kms:Decrypt", arn("kms", "key/prod"), { ...of("accounts", "prod"), ...through("secretsmanager") }],
  ["use its own key by hand", "kms:Decrypt", arn("kms", "key/dev"), of("accounts", "dev")],
  ["change the policy of the state's key", "kms:PutKeyPolicy", arn("kms", "key/state"), { "aws:ResourceTag/Project": "accounts-bootstrap" }],
  ["make the state's key its own", "kms:TagResource", arn("kms", "key/state"), { "aws:ResourceTag/Project": "accounts-bootstrap", ...askedFor("dev") }],
  ["let a service use prod's key", "kms:CreateGrant", arn("kms", "key/prod"), { ...of("accounts", "prod"), ...through("rds"), "kms:GrantIsForAWSResource": "true" }],
  ["let anybody use its key", "kms:CreateGrant", arn("kms", "key/dev"), of("accounts", "dev")],
  ["let anybody use its key through RDS", "kms:CreateGrant", arn("kms", "key/dev"), { ...of("accounts", "dev"), ...through("rds") }],
  ["let anybody use its key through RDS, and say so", "kms:CreateGrant", arn("kms", "key/dev"),
    { ...of("accounts", "dev"), ...through("rds"), "kms:GrantIsForAWSResource": "false" }],
  ["change the policy of a key without tags", "kms:PutKeyPolicy", arn("kms", "key/0")],
  ["delete a key without tags", "kms:ScheduleKeyDeletion", arn("kms", "key/0")],
  ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].flatMap((action): Row[] => [
    [`${action} of prod's state`, action, `${state}/stacks/accounts/prod.json`],
    [`${action} of prod's history`, action, `${state}/history/accounts/prod/prod-1.history.json`],
    [`${action} of prod's lock`, action, `${state}/locks/organization/accounts/prod/1.json`],
    [`${action} of the account's own state`, action, `${state}/stacks/accounts-bootstrap/main.json`],
    [`${action} of a stack whose name begins alike`, action, `${state}/stacks/accounts/dev2.json`],
  ]),
  ["say that the bucket is laid out otherwise", "s3:PutObject", `${state}/meta.yaml`],
  ["delete what its state was", "s3:DeleteObjectVersion", `${state}/stacks/accounts/dev.json`],
  ["open the bucket of state", "s3:PutBucketPolicy", bucketOfState],
  ["let state go by itself", "s3:PutLifecycleConfiguration", bucketOfState],
  ["have state encrypted with another key", "s3:PutEncryptionConfiguration", bucketOfState],
  ["have state kept in one version", "s3:PutBucketVersioning", bucketOfState],
  ["delete the bucket of state", "s3:DeleteBucket", bucketOfState],
  ["read prod's secret", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:accounts/prod/service/api-keys-AbCdEf")],
  ["read the database's login", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:accounts/dev/service/database-AbCdEf")],
  ["read the master's login", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-0-AbCdEf")],
  ["restore prod's snapshot", "rds:RestoreDBInstanceFromDBSnapshot", arn("rds", "snapshot:accounts-prod-1-final")],
  ["restore prod as it was", "rds:RestoreDBInstanceToPointInTime", arn("rds", "db:accounts-prod-1")],
  ["share a snapshot", "rds:ModifyDBSnapshotAttribute", arn("rds", "snapshot:accounts-dev-1-final")],
  ["delete a snapshot", "rds:DeleteDBSnapshot", arn("rds", "snapshot:accounts-dev-1-final")],
  ["run a task of prod", "ecs:RunTask", arn("ecs", "task-definition/accounts-prod-migration:1"), { "ecs:cluster": arn("ecs", "cluster/accounts-prod") }],
  ["run a task in prod's cluster", "ecs:RunTask", arn("ecs", "task-definition/accounts-dev-migration:1"), { "ecs:cluster": arn("ecs", "cluster/accounts-prod") }],
  ["look into a running task", "ecs:ExecuteCommand", arn("ecs", "task/accounts-dev/0")],
  ["read users in the service's log", "logs:GetLogEvents", arn("logs", "log-group:/accounts/dev/service:log-stream:0")],
  ["move a tag of an image", "ecr:PutImage", images],
  ["delete an image", "ecr:BatchDeleteImage", images],
  ["make tags movable", "ecr:PutImageTagMutability", images],
  ["let others pull the images", "ecr:SetRepositoryPolicy", images],
  ["have images expire", "ecr:PutLifecyclePolicy", images],
  ["delete all images", "ecr:DeleteRepository", images],
  ["push a layer", "ecr:UploadLayerPart", images],
  ["let an alarm stop an instance", "cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:accounts-dev-x"),
    { "cloudwatch:AlarmActions": [`arn:aws:automate:${region}:ec2:stop`] }],
  ["let an alarm call the topic, and stop an instance as well", "cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:accounts-dev-x"),
    { "cloudwatch:AlarmActions": [arn("sns", "accounts-dev-alerts-0000"), `arn:aws:automate:${region}:ec2:stop`] }],
  ["send events to a function", "events:PutTargets", arn("events", "rule/dev-monitoring-x"), { "events:TargetArn": arn("lambda", "function:x") }],
  ["open prod's security group", "ec2:AuthorizeSecurityGroupIngress", arn("ec2", "security-group/sg-0"), of("accounts", "prod")],
  ["make prod's group its own", "ec2:CreateTags", arn("ec2", "security-group/sg-0"), { ...of("accounts", "prod"), ...askedFor("dev") }],
  ["put a group into prod's VPC", "ec2:CreateSecurityGroup", arn("ec2", "vpc/vpc-0"), of("accounts", "prod")],
  ["open a group without tags", "ec2:AuthorizeSecurityGroupIngress", arn("ec2", "security-group/sg-0")],
  ["delete a network without tags", "ec2:DeleteVpc", arn("ec2", "vpc/vpc-0")],
  ["delete a balancer without tags", "elasticloadbalancing:DeleteLoadBalancer", arn("elasticloadbalancing", "loadbalancer/app/load-balancer-0/0")],
  ["delete prod's balancer", "elasticloadbalancing:DeleteLoadBalancer", arn("elasticloadbalancing", "loadbalancer/app/load-balancer-0/0"), of("accounts", "prod")],
  ["say of prod that it was deployed", "ssm:PutParameter", arn("ssm", "parameter/pipeline-accounts/prod")],
  ["change prod's name", "route53:ChangeResourceRecordSets", zone,
    { "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["accounts.example.com"] }],
  ["change a name, where it has none", "route53:ChangeResourceRecordSets", zone],
  ["ask for a certificate, where it has no name", "acm:RequestCertificate", "*", askedFor("dev")],
];

/** The pipeline of prod has a name in a zone that is everybody's. */
const named = (names: string[]): Context => ({ "route53:ChangeResourceRecordSetsNormalizedRecordNames": names });
const certificateOf = (names: string[]): Context => ({ ...askedFor("prod"), "acm:DomainNames": names });
const prodMay: Row[] = [
  ["change its name", "route53:ChangeResourceRecordSets", zone, named(["accounts.example.com"])],
  ["prove that its name is its own", "route53:ChangeResourceRecordSets", zone, named(["_0a1b.accounts.example.com"])],
  ["ask for a certificate of its name", "acm:RequestCertificate", "*", certificateOf(["accounts.example.com"])],
];
const prodMayNot: Row[] = [
  ...["example.com", "www.example.com", "my-accounts.example.com", "www.accounts.example.com", "_0a1b.example.com"].flatMap((name): Row[] => [
    [`change ${name}`, "route53:ChangeResourceRecordSets", zone, named([name])],
    [`change ${name} beside its own`, "route53:ChangeResourceRecordSets", zone, named(["accounts.example.com", name])],
    [`ask for a certificate of ${name}`, "acm:RequestCertificate", "*", certificateOf([name])],
    [`ask for a certificate of ${name} beside its own`, "acm:RequestCertificate", "*", certificateOf(["accounts.example.com", name])],
  ]),
];

/** What the pipeline does beside what stands in the plan. */
const deployMay: Row[] = [
  ["make a role within its boundary", "iam:CreateRole", iam("role/accounts-dev-service-task-0000"), boundedBy("pipeline-accounts-boundary-dev")],
  ["bring an older role within it", "iam:PutRolePermissionsBoundary", iam("role/accounts-dev-service-task-0000"), boundedBy("pipeline-accounts-boundary-dev")],
  ...["ecs-tasks", "monitoring.rds", "scheduler", "vpc-flow-logs"].map((service): Row =>
    [`pass a role to ${service}`, "iam:PassRole", iam("role/accounts-dev-x-0000"), passedTo(service)]),
  ["be the first in the account that uses ECS", "iam:CreateServiceLinkedRole", iam("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
    { "iam:AWSServiceName": "ecs.amazonaws.com" }],
  ["run the migration", "ecs:RunTask", arn("ecs", "task-definition/accounts-dev-migration:1"), { "ecs:cluster": arn("ecs", "cluster/accounts-dev") }],
  ["join a migration that runs", "ecs:ListTasks", arn("ecs", "container-instance/accounts-dev/0"), { "ecs:cluster": arn("ecs", "cluster/accounts-dev") }],
  ["follow the migration", "ecs:DescribeTasks", arn("ecs", "task/accounts-dev/0"), { "ecs:cluster": arn("ecs", "cluster/accounts-dev") }],
  ["stop a migration that takes too long", "ecs:StopTask", arn("ecs", "task/accounts-dev/0"), { "ecs:cluster": arn("ecs", "cluster/accounts-dev") }],
  ["mark the task as the stack's", "ecs:TagResource", arn("ecs", "task/accounts-dev/0"), askedFor("dev")],
  ["read the migration's log", "logs:GetLogEvents", arn("logs", "log-group:/accounts/dev/migration:log-stream:migration/migration/0")],
  ["take a key for the smoke test", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:accounts/dev/service/api-keys-AbCdEf")],
  ["decrypt it", "kms:Decrypt", arn("kms", "key/dev"), { ...of("accounts", "dev"), ...through("secretsmanager") }],
  ["decrypt the stack's secrets", "kms:Decrypt", arn("kms", "key/00000000-0000-0000-0000-000000000000")],
  ["encrypt with a key whose tags KMS does not know yet", "kms:GenerateDataKey", arn("kms", "key/dev"), through("secretsmanager")],
  ["let RDS encrypt with it", "kms:CreateGrant", arn("kms", "key/dev"), { ...through("rds"), "kms:GrantIsForAWSResource": "true" }],
  ["rotate it", "kms:EnableKeyRotation", arn("kms", "key/dev")],
  ["let RDS make the master's secret", "secretsmanager:CreateSecret", arn("secretsmanager", "secret:rds!db-0-AbCdEf")],
  ["leave a last snapshot", "rds:CreateDBSnapshot", arn("rds", "snapshot:accounts-dev-1-final")],
  ["restore from its own snapshot", "rds:RestoreDBInstanceFromDBSnapshot", arn("rds", "snapshot:rds:accounts-dev-1-2026-01-31")],
  ["tag a new VPC", "ec2:CreateTags", arn("ec2", "vpc/vpc-0"), { ...askedFor("dev"), "ec2:CreateAction": "CreateVpc" }],
  ["take over the default group of its VPC", "ec2:CreateTags", arn("ec2", "security-group/sg-0"), askedFor("dev")],
  ["list state", "s3:ListBucket", state.replace("/.pulumi", "")],
  ["see how the bucket is laid out", "s3:GetObject", `${state}/meta.yaml`],
  ...["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].flatMap((action): Row[] => [
    "stacks/accounts/dev.json", "stacks/accounts/dev.json.bak", "stacks/accounts/dev.json.gz", "history/accounts/dev/dev-1.checkpoint.json",
    "backups/accounts/dev/dev.1.json", "locks/organization/accounts/dev/0.json",
  ].map((path): Row => [`${action} ${path}`, action, `${state}/${path}`])),
  ["use the key of state", "kms:GenerateDataKey", arn("kms", "key/00000000-0000-0000-0000-000000000000"), through("s3")],
  ["say what was deployed", "ssm:PutParameter", arn("ssm", "parameter/pipeline-accounts/dev")],
  ["look for the image", "ecr:DescribeImages", images],
];

/** What a pull request's code would try. */
const previewMayNot: Row[] = [
  ...["s3:PutObject", "s3:DeleteObject"].map((action): Row => [`${action} of its state`, action, `${state}/stacks/accounts/dev.json`]),
  ["lock the stack", "s3:PutObject", `${state}/locks/organization/accounts/dev/0.json`],
  ["read prod's state", "s3:GetObject", `${state}/stacks/accounts/prod.json`],
  ["read the bucket of logs", "s3:GetObject", "arn:aws:s3:::accounts-dev-load-balancer-logs-0000/AWSLogs/x"],
  ["read a secret", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:accounts/dev/service/api-keys-AbCdEf")],
  ["read the master's login", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-0-AbCdEf")],
  ["decrypt with the stack's key", "kms:Decrypt", arn("kms", "key/dev"), { ...of("accounts", "dev"), ...through("secretsmanager") }],
  ["encrypt state", "kms:GenerateDataKey", arn("kms", "key/00000000-0000-0000-0000-000000000000"), through("s3")],
  ["read the service's log", "logs:GetLogEvents", arn("logs", "log-group:/accounts/dev/service:log-stream:0")],
  ["search the log", "logs:FilterLogEvents", arn("logs", "log-group:/accounts/dev/service")],
  ["read prod's parameters", "ssm:GetParameter", arn("ssm", "parameter/accounts/prod/service/host/0")],
  ["pull the image", "ecr:GetDownloadUrlForLayer", images],
  ["log in to a registry", "ecr:GetAuthorizationToken", "*"],
  ["run a task", "ecs:RunTask", arn("ecs", "task-definition/accounts-dev-migration:1"), { "ecs:cluster": arn("ecs", "cluster/accounts-dev") }],
  ["pass a role", "iam:PassRole", iam("role/accounts-dev-service-task-0000"), passedTo("ecs-tasks")],
  ["take the role that deploys", "sts:AssumeRole", iam("role/pipeline-accounts-deploy-dev")],
  ["say what was deployed", "ssm:PutParameter", arn("ssm", "parameter/pipeline-accounts/dev")],
];

const previewMay: Row[] = [
  ["read its state", "s3:GetObject", `${state}/stacks/accounts/dev.json`],
  ["see how the bucket is laid out", "s3:GetObject", `${state}/meta.yaml`],
  ["find that a file is not there", "s3:ListBucket", state.replace("/.pulumi", "")],
  ["decrypt state", "kms:Decrypt", arn("kms", "key/00000000-0000-0000-0000-000000000000"), through("s3")],
  ["see what was deployed", "ssm:GetParameter", arn("ssm", "parameter/pipeline-accounts/dev")],
  ["see what was deployed before", "ssm:GetParameterHistory", arn("ssm", "parameter/pipeline-accounts/dev")],
  ["look for the image", "ecr:DescribeImages", images],
];

const buildMayNot: Row[] = [
  ["delete an image", "ecr:BatchDeleteImage", images],
  ["make tags movable", "ecr:PutImageTagMutability", images],
  ["push to the repository of a stack", "ecr:PutImage", arn("ecr", "repository/accounts-dev-image-000000")],
  ["read state", "s3:GetObject", `${state}/stacks/accounts/dev.json`],
  ["pass a role", "iam:PassRole", iam("role/accounts-dev-service-task-0000"), passedTo("ecs-tasks")],
];

const buildMay: Row[] = [
  ["log in", "ecr:GetAuthorizationToken", "*"],
  ...["BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage", "BatchGetImage", "DescribeImages"]
    .map((action): Row => [action, `ecr:${action}`, images]),
];

let plan: Plan;
before(async () => {
  plan = await prepared();
});

const tables: [role: string, may: Row[], mayNot: Row[]][] = [
  ["deploy-dev", deployMay, deployMayNot], ["deploy-prod", prodMay, prodMayNot], ["preview-dev", previewMay, previewMayNot], ["build", buildMay, buildMayNot],
];
for (const [role, may, mayNot] of tables) {
  describe(`the role ${role}`, () => {
    for (const [rows, allowed] of [[may, true], [mayNot, false]] as const) {
      for (const [title, action, resource, context = {}] of rows) {
        it(`may ${allowed ? "" : "not "}${title}`, async () => {
          const documents = documentsOf(plan, role);
          assert.equal(await isAllowedTo(documents, { action, resource, context }), allowed, `${action} ${resource}`);
        });
      }
    }
  });
}

const everything = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });

/** Each has to do without the other: rights may be added, and a boundary be taken away by somebody's mistake. */
describe("the guard of deploy-dev, and its rights", () => {
  /** Rights of somebody who meant well: the guard alone has to hold. */
  const careless = (): Documents => ({ ...documentsOf(plan, "deploy-dev"), identity: [everything] });

  const heldActions = /^(iam|sts|lambda|ecr|s3):|kms:(Put|Tag|Schedule)/;
  const notHeld = /^pass a role to|without tags$/;
  const held = deployMayNot.filter(([title, action]) => heldActions.test(action) && !notHeld.test(title));
  for (const [title, action, resource, context = {}] of held) {
    it(`each hold it back from this: ${title}`, async () => {
      const { identity, resource: none } = documentsOf(plan, "deploy-dev");
      const request = { action, resource, context };
      assert.equal(await isAllowedTo(careless(), request), false, `the guard lets ${action} ${resource}`);
      assert.equal(await isAllowedTo({ identity, resource: none }, request), false, `the rights let ${action} ${resource}`);
    });
  }
});

/** What takes data away for good, and what the stack is taken down with where none is kept. */
const losses = (stack: string): Row[] => [
  ["delete its key", "kms:ScheduleKeyDeletion", arn("kms", `key/${stack}`), of("accounts", stack)],
  ["delete old lines of its log of access", "s3:DeleteObjectVersion", `arn:aws:s3:::accounts-${stack}-load-balancer-logs-0000/x`],
];

/** What nobody does who takes a stack down. */
const otherLosses = (stack: string): Row[] => [
  ["switch its key off", "kms:DisableKey", arn("kms", `key/${stack}`), of("accounts", stack)],
  ["delete its backups", "rds:DeleteDBInstanceAutomatedBackup", arn("rds", "auto-backup:ab-0")],
  ["delete its last snapshot", "rds:DeleteDBSnapshot", arn("rds", `snapshot:accounts-${stack}-1-final`)],
  ["share its last snapshot", "rds:ModifyDBSnapshotAttribute", arn("rds", `snapshot:accounts-${stack}-1-final`)],
];

const forced = (stack: string, force: string): Row => [
  `delete a secret, and whether at once is ${force}`, "secretsmanager:DeleteSecret",
  arn("secretsmanager", `secret:accounts/${stack}/service/api-keys-AbCdEf`), { "secretsmanager:ForceDeleteWithoutRecovery": force },
];

for (const stack of ["dev", "prod"]) {
  describe(`the pipeline of ${stack}, which keeps ${stack === "prod" ? "its" : "no"} data`, () => {
    const keeps = stack === "prod";
    const rightsAlone = (): Documents => ({ identity: documentsOf(plan, `deploy-${stack}`).identity, resource: undefined });
    const guardAlone = (): Documents => ({ ...documentsOf(plan, `deploy-${stack}`), identity: [everything] });

    for (const [rows, allowed] of [[losses(stack), !keeps], [otherLosses(stack), false]] as const) {
      for (const [title, action, resource, context = {}] of rows) {
        it(`may ${allowed ? "" : "not "}${title}, by its rights alone`, async () => {
          assert.equal(await isAllowedTo(rightsAlone(), { action, resource, context }), allowed, `${action} ${resource}`);
        });
      }
    }

    for (const [title, action, resource, context = {}] of [...losses(stack), ...otherLosses(stack)]) {
      it(`may ${keeps ? "not " : ""}${title}, by its guard alone`, async () => {
        assert.equal(await isAllowedTo(guardAlone(), { action, resource, context }), !keeps, `${action} ${resource}`);
      });
    }

    for (const [force, allowed] of [["true", !keeps], ["false", true]] as const) {
      const [title, action, resource, context = {}] = forced(stack, force);
      it(`may ${allowed ? "" : "not "}${title}`, async () => {
        assert.equal(await isAllowedTo(documentsOf(plan, `deploy-${stack}`), { action, resource, context }), allowed);
      });
    }

    it("may delete a secret without a word of when, which leaves it to be had back", async () => {
      const [, action, resource] = forced(stack, "");
      assert.equal(await isAllowedTo(documentsOf(plan, `deploy-${stack}`), { action, resource, context: {} }), true);
    });
  });
}

for (const stack of committedStacks()) {
  describe(`the boundary of ${stack}`, () => {
    const others = committedStacks().filter((name) => name !== stack);
    let boundary: string;
    let facts: ReturnType<typeof factsOf>;

    before(async () => {
      boundary = only(plan, "aws:iam/policy:Policy", `boundary-${stack}`).inputs["policy"] as string;
      facts = factsOf(await planOf(stack));
    });

    const within = (): Documents => ({
      identity: [JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] })],
      boundary,
      resource: undefined,
    });

    it("leaves every role of the stack what it needs", async () => {
      const needed = rows(facts).filter(({ who, allowed }) => allowed && facts.roles.has(who));
      assert.ok(needed.length > 20);
      const lost: string[] = [];
      for (const { who, action, resource, context = {} } of needed) {
        if (!await isAllowedTo(within(), { action, resource, context: { ...context, ...of("accounts", stack) } })) {
          lost.push(`${who} ${action} ${resource}`);
        }
      }
      assert.deepEqual(lost, []);
    });

    for (const other of others) {
      it(`keeps a role that was given everything from what is ${other}'s`, async () => {
        const theirs = factsOf(await planOf(other));
        const needed = rows(theirs).filter(({ who, allowed, action }) => allowed && theirs.roles.has(who)
          && action !== "ecr:GetAuthorizationToken" && !/log-group:RDS/.test(action));
        const reached: string[] = [];
        for (const { who, action, resource, context = {} } of needed) {
          if (await isAllowedTo(within(), { action, resource, context: { ...context, ...of("accounts", other) } })) {
            reached.push(`${who} ${action} ${resource}`);
          }
        }
        // RDS names these alike for all stacks: whose secret can be read, the key decides.
        assert.deepEqual(reached.filter((line) => !/secret:rds!db-|log-group:RDS/.test(line)), []);
      });
    }

    it("lets a role be passed to tasks only, and start them in its own cluster only", async () => {
      const other = stack === "dev" ? "prod" : "dev";
      const passing = { action: "iam:PassRole", resource: iam(`role/accounts-${stack}-migration-task-0000`) };
      const starting = { action: "ecs:RunTask", resource: arn("ecs", `task-definition/accounts-${stack}-migration:1`) };
      const requests: [request: { action: string; resource: string }, context: Context, allowed: boolean][] = [
        [passing, passedTo("ecs-tasks"), true], [passing, passedTo("lambda"), false], [passing, {}, false],
        [starting, { "ecs:cluster": arn("ecs", `cluster/accounts-${stack}`) }, true],
        [starting, { "ecs:cluster": arn("ecs", `cluster/accounts-${other}`) }, false],
      ];
      for (const [request, context, allowed] of requests) {
        assert.equal(await isAllowedTo(within(), { ...request, context }), allowed, JSON.stringify([request, context]));
      }
    });

    it("lets no role make another one, or change its own", async () => {
      for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]) {
        const request = { action, resource: iam(`role/accounts-${stack}-x`), context: boundedBy(`pipeline-accounts-boundary-${stack}`) };
        assert.equal(await isAllowedTo(within(), request), false, action);
      }
    });
  });
}

describe("the roles of the pipeline", () => {
  it("are written for the services that take a role of the program, and no others", async () => {
    const services = new Set<string>();
    for (const stack of committedStacks()) {
      for (const { inputs } of all(await planOf(stack), "aws:iam/role:Role")) {
        services.add(statements(inputs["assumeRolePolicy"])[0]?.Principal?.["Service"] ?? "");
      }
    }
    const policy = only(plan, "aws:iam/policy:Policy", "service-dev").inputs["policy"] as string;
    const pass = statements(policy).find(({ Sid }) => Sid === "PassRoles");
    assert.deepEqual(list(pass?.Condition?.["StringEquals"]?.["iam:PassedToService"] ?? []).toSorted(), [...services].toSorted());
  });
});
