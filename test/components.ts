import type { Plan } from "../offline/render";
import { all, containerOf, only } from "./plans";

/** The program's components with the name each has, in the order of `index.ts`. */
export const components: Readonly<Record<string, string>> = {
  Encryption: "encryption",
  Alerts: "alerts",
  Network: "network",
  Firewall: "firewall",
  Endpoints: "endpoints",
  Database: "database",
  Parameters: "parameters",
  Image: "image",
  LoadBalancer: "load-balancer",
  WebFirewall: "web-firewall",
  Cluster: "cluster",
  Migration: "migration",
  Rotation: "rotation",
  Service: "service",
  Monitoring: "monitoring",
};

/** What people and programs ask of a stack. */
export const outputs = [
  "apiKeysSecretArn", "clusterName", "dashboardUrl", "imageUri", "logGroupName", "oneOffTask", "serviceName",
  "taskDefinitionArn", "url",
];

/** Where a type names the key that encrypts it. */
export const encrypted: readonly (readonly [type: string, property: string])[] = [
  ["aws:rds/instance:Instance", "kmsKeyId"],
  ["aws:rds/instance:Instance", "masterUserSecretKmsKeyId"],
  ["aws:rds/instance:Instance", "performanceInsightsKmsKeyId"],
  ["aws:secretsmanager/secret:Secret", "kmsKeyId"],
  ["aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"],
  ["aws:sns/topic:Topic", "kmsMasterKeyId"],
];

/** Types of which nothing can be made again once it is gone: protected where data is kept, and nowhere else. */
export const irreplaceable: readonly string[] = [
  "aws:rds/instance:Instance",
  "aws:kms/key:Key",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
  "aws:ecr/repository:Repository",
];

/** `/accounts/prod/network`, of `arn:aws:logs:eu-west-1:123456789012:log-group:/accounts/prod/network`. */
const groupOf = (arn: string) => arn.split(":log-group:")[1] ?? "";

/** Who writes logs, and the names of the groups it writes to, whether these are in the plan or not. */
export const logWriters: Readonly<Record<string, (plan: Plan) => string[]>> = {
  "the network": (plan) => all(plan, "aws:ec2/flowLog:FlowLog").map(({ inputs }) => groupOf(inputs["logDestination"])),
  "the web firewall": (plan) => all(plan, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")
    .flatMap(({ inputs }) => (inputs["logDestinationConfigs"] as string[]).map(groupOf)),
  "the database": (plan) => all(plan, "aws:rds/instance:Instance").flatMap(({ inputs }) =>
    (inputs["enabledCloudwatchLogsExports"] as string[]).map((log) => `/aws/rds/instance/${inputs["identifier"]}/${log}`)),
  "Container Insights": (plan) => all(plan, "aws:ecs/cluster:Cluster")
    .filter(({ inputs }) => (inputs["settings"] as { value: string }[]).some(({ value }) => value !== "disabled"))
    .map(({ inputs }) => `/aws/ecs/containerinsights/${inputs["name"]}/performance`),
  "the migration": (plan) => [containerOf(plan, "migration").logConfiguration.options["awslogs-group"] ?? ""],
  "the service": (plan) => [containerOf(plan, "service").logConfiguration.options["awslogs-group"] ?? ""],
};

interface WideRight {
  readonly reason: string;
  readonly resources: (plan: Plan) => string[];
}

/** Rights on more than one thing, by the actions of the statement, and why they are not narrower. */
export const wideRights: Readonly<Record<string, WideRight>> = {
  "ecr:GetAuthorizationToken": { reason: "IAM knows no resource for it", resources: () => ["*"] },
  "logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents": {
    reason: "a stream for each network interface, in the group of the flow log",
    resources: (plan) => all(plan, "aws:ec2/flowLog:FlowLog").map(({ inputs }) => `${inputs["logDestination"]}:*`),
  },
  "ecs:RunTask": {
    reason: "each image is another revision of the migration, and one that is being replaced may still be due",
    resources: (plan) => [only(plan, "aws:ecs/taskDefinition:TaskDefinition", "migration").state["arn"].replace(/\d+$/, "*")],
  },
  "logs:CreateLogStream, logs:PutLogEvents": {
    reason: "a task makes a stream of its own, in the group it is told",
    resources: (plan) => all(plan, "aws:cloudwatch/logGroup:LogGroup").map(({ state }) => `${state["arn"]}:*`),
  },
  "logs:CreateLogGroup, logs:PutRetentionPolicy": {
    reason: "RDS names the group for what its operating systems do, and makes it once for the whole region",
    resources: (plan) => [rdsLogGroups(plan)],
  },
  "logs:CreateLogStream, logs:DescribeLogStreams, logs:GetLogEvents, logs:PutLogEvents": {
    reason: "each instance has a stream there, whose name only RDS knows",
    resources: (plan) => [`${rdsLogGroups(plan)}:log-stream:*`],
  },
};

const rdsLogGroups = ({ config }: Plan) =>
  `arn:aws:logs:${config["aws:region"]}:${config["accounts:accountId"]}:log-group:RDS*`;
