import type { PlannedResource } from "../../offline/record";
import type { Plan } from "../../offline/render";
import { all, containerOf, only, type Part } from "../plans";

/** The ARNs of a plan that rights are about. What some stacks have no use for is undefined there. */
export interface Facts {
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  readonly key: string;
  /** From which the image comes; undefined for one outside of ECR, which asks for no rights. */
  readonly repository: string | undefined;
  readonly cluster: string;
  readonly topic: string;
  readonly accessLogs: string | undefined;
  readonly databaseLogin: string;
  readonly apiKeys: string;
  readonly master: string;
  /** By the logical name of the role. */
  readonly roles: ReadonlyMap<string, string>;
  /** By the logical name of the group. */
  readonly logGroups: ReadonlyMap<string, string>;
  /** Of the parameters that a container is told. */
  readonly parameters: (part: Part) => string[];
}

export function factsOf(plan: Plan): Facts {
  const arn = (type: string, name?: string) => only(plan, type, name).state["arn"] as string;
  const arns = (type: string) => new Map(all(plan, type).map(({ name, state }) => [name, state["arn"] as string]));
  const secret = "aws:secretsmanager/secret:Secret";
  return {
    stack: plan.stack,
    region: plan.config["aws:region"] ?? "",
    accountId: plan.config["accounts:accountId"] ?? "",
    key: arn("aws:kms/key:Key"),
    repository: [...arns("aws:ecr/repository:Repository").values()].at(0) ?? repositoryOf(plan.config["accounts:image"] ?? ""),
    cluster: arn("aws:ecs/cluster:Cluster"),
    topic: arn("aws:sns/topic:Topic"),
    accessLogs: arns("aws:s3/bucket:Bucket").get("load-balancer-logs"),
    databaseLogin: arn(secret, "parameters-database"),
    apiKeys: arn(secret, "parameters-api-keys"),
    master: serving(plan).state["masterUserSecrets"][0].secretArn as string,
    roles: arns("aws:iam/role:Role"),
    logGroups: arns("aws:cloudwatch/logGroup:LogGroup"),
    parameters: (part) => containerOf(plan, part).secrets.map(({ valueFrom }) => valueFrom),
  };
}

/** The instance of the stack's generation; after a restore, the old one stands beside it. */
function serving(plan: Plan): PlannedResource {
  return only(plan, "aws:rds/instance:Instance", `database-${plan.config["accounts:databaseGeneration"]}`);
}

function repositoryOf(image: string): string | undefined {
  const [, accountId, region, name] = /^(\d+)\.dkr\.ecr\.([^.]+)\.amazonaws\.com\/([^:@]+)/.exec(image) ?? [];
  return name === undefined ? undefined : `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
}

/** What every stack has; the error names it where one has not. */
export function known(arns: ReadonlyMap<string, string>, name: string): string {
  const arn = arns.get(name);
  if (arn === undefined) {
    throw new Error(`there is no ${name} among ${[...arns.keys()].join(", ")}`);
  }
  return arn;
}

export function roles(plan: Plan): PlannedResource[] {
  return all(plan, "aws:iam/role:Role");
}

/** The documents of the policies that a role has. */
export function policiesOf(plan: Plan, role: PlannedResource): string[] {
  return all(plan, "aws:iam/rolePolicy:RolePolicy")
    .filter(({ inputs }) => inputs["role"] === role.state["name"])
    .map(({ inputs }) => inputs["policy"] as string);
}

/** The documents that stand on resources and say who else may use them, by `type name` of what holds them. */
export function resourcePolicies(plan: Plan): ReadonlyMap<string, string> {
  const holders = [
    "aws:kms/key:Key", "aws:sns/topicPolicy:TopicPolicy", "aws:s3/bucketPolicy:BucketPolicy", "aws:ec2/vpcEndpoint:VpcEndpoint",
  ].flatMap((type) => all(plan, type));
  return new Map(holders.map(({ type, name, inputs }) => [`${type} ${name}`, inputs["policy"] as string]));
}

/** The document that decides about a resource, by its ARN. */
export function policyOn(plan: Plan, arn: string): string | undefined {
  const role = roles(plan).find(({ state }) => state["arn"] === arn);
  const bucket = all(plan, "aws:s3/bucket:Bucket").find(({ state }) => arn.startsWith(`${state["arn"]}/`));
  const holder = [
    ...all(plan, "aws:kms/key:Key").filter(({ state }) => state["arn"] === arn),
    ...all(plan, "aws:sns/topicPolicy:TopicPolicy").filter(({ inputs }) => inputs["arn"] === arn),
    ...all(plan, "aws:s3/bucketPolicy:BucketPolicy").filter(({ inputs }) => inputs["bucket"] === bucket?.state["bucket"]),
  ].at(0);
  return (role?.inputs["assumeRolePolicy"] ?? holder?.inputs["policy"]) as string | undefined;
}
