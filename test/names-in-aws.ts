import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import type { Plan } from "../offline/render";
import { projectFolder } from "../offline/stack-file";

/** Where a type's name in AWS stands, and how long it may be; each from AWS's reference of that service. */
const named: Readonly<Record<string, { readonly property?: string; readonly limit: number }>> = {
  "aws:appautoscaling/policy:Policy": { limit: 256 },
  "aws:budgets/budget:Budget": { limit: 100 },
  "aws:cloudwatch/dashboard:Dashboard": { property: "dashboardName", limit: 255 },
  "aws:cloudwatch/eventRule:EventRule": { limit: 64 },
  "aws:cloudwatch/logGroup:LogGroup": { limit: 512 },
  "aws:cloudwatch/metricAlarm:MetricAlarm": { limit: 255 },
  "aws:ec2/securityGroup:SecurityGroup": { limit: 255 },
  "aws:ecr/repository:Repository": { limit: 256 },
  "aws:ecs/cluster:Cluster": { limit: 255 },
  "aws:ecs/service:Service": { limit: 255 },
  "aws:ecs/taskDefinition:TaskDefinition": { property: "family", limit: 255 },
  "aws:iam/role:Role": { limit: 64 },
  "aws:iam/rolePolicy:RolePolicy": { limit: 128 },
  "aws:kms/alias:Alias": { limit: 256 },
  "aws:lb/loadBalancer:LoadBalancer": { limit: 32 },
  "aws:lb/targetGroup:TargetGroup": { limit: 32 },
  "aws:rds/eventSubscription:EventSubscription": { limit: 255 },
  "aws:rds/instance:Instance": { property: "identifier", limit: 63 },
  "aws:rds/parameterGroup:ParameterGroup": { limit: 255 },
  "aws:rds/subnetGroup:SubnetGroup": { limit: 255 },
  "aws:s3/bucket:Bucket": { property: "bucket", limit: 63 },
  "aws:scheduler/schedule:Schedule": { limit: 64 },
  "aws:scheduler/scheduleGroup:ScheduleGroup": { limit: 64 },
  "aws:secretsmanager/secret:Secret": { limit: 512 },
  "aws:sns/topic:Topic": { limit: 256 },
  "aws:ssm/parameter:Parameter": { limit: 1011 },
  "aws:wafv2/webAcl:WebAcl": { limit: 128 },
};

/** Types without a name of their own: AWS gives them an id, or they are called after something else. */
const nameless = [
  "aws:acm/certificate:Certificate",
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:appautoscaling/target:Target",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  "aws:ec2/eip:Eip",
  "aws:ec2/flowLog:FlowLog",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/natGateway:NatGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
  "aws:kms/key:Key",
  "aws:lb/listener:Listener",
  "aws:route53/record:Record",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:wafv2/webAclAssociation:WebAclAssociation",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
  "docker:index/image:Image",
  "pulumi:providers:aws",
  "pulumi:providers:docker",
];

export interface NameInAws {
  readonly type: string;
  readonly name: string;
  readonly limit: number;
}

/** The names a plan's resources have in AWS, were its stack called `stackName`; random digits are zeros. */
export function namesInAws(plan: Plan, stackName = plan.stack): NameInAws[] {
  const inOldName = new RegExp(`(?<=accounts[-/])${plan.stack}(?=[-/]|$)`, "g");
  return plan.expanded.flatMap(({ type, name, inputs }) => {
    const { property = "name", limit } = named[type] ?? {};
    const given = inputs[property] as string | undefined;
    return limit === undefined ? [] : {
      type,
      name: given?.replaceAll(inOldName, stackName) ?? autonamed(type, name, stackName),
      limit,
    };
  });
}

/** Types of a plan of which nobody has said whether they have a name in AWS. */
export function typesOfUnknownName(plan: Plan): string[] {
  const known = [...Object.keys(named), ...nameless];
  return plan.expanded.map(({ type }) => type)
    .filter((type) => !known.includes(type) && !/^(accounts:infra|awsx):/.test(type));
}

interface Autonaming {
  readonly pattern: string;
  readonly providers: { readonly aws: { readonly resources: Readonly<Record<string, { readonly pattern: string }>> } };
}

/** The patterns of `Pulumi.yaml` by which the engine makes a name, by type; the first is that of all other types. */
export function autonaming(): Readonly<Record<string, string>> {
  const { config } = parse(readFileSync(join(projectFolder, "Pulumi.yaml"), "utf8")) as {
    config: { "pulumi:autonaming": { value: Autonaming } };
  };
  const { pattern, providers } = config["pulumi:autonaming"].value;
  const own = Object.entries(providers.aws.resources).map(([type, { pattern }]) => [type, pattern]);
  return { "all other types": pattern, ...Object.fromEntries(own) };
}

/** The name that the engine makes of a logical name. */
function autonamed(type: string, name: string, stack: string): string {
  const patterns = autonaming();
  return (patterns[type] ?? patterns["all other types"] ?? "")
    .replace("${project}", "accounts")
    .replace("${stack}", stack)
    .replace("${name}", name)
    .replace(/\$\{hex\((\d+)\)\}/, (_, digits: string) => "0".repeat(Number(digits)));
}
