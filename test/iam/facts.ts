import type { PlannedResource } from "../../offline/record";
import type { Plan } from "../../offline/render";
import { all, containerOf, only, type Part } from "../plans";

/** The ARNs of a plan that rights are about. Roles, secrets and the like are found by their logical names. */
export interface Facts {
  readonly region: string;
  readonly accountId: string;
  readonly key: string;
  readonly repository: string;
  readonly cluster: string;
  readonly topic: string;
  readonly databaseLogin: string;
  readonly apiKeys: string;
  readonly master: string;
  readonly logGroup: (part: Part) => string;
  /** Of the parameters that a container is told. */
  readonly parameters: (part: Part) => string[];
}

export function factsOf(plan: Plan): Facts {
  const arn = (type: string, name?: string) => only(plan, type, name).state["arn"] as string;
  const secret = "aws:secretsmanager/secret:Secret";
  return {
    region: plan.config["aws:region"] ?? "",
    accountId: plan.config["accounts:accountId"] ?? "",
    key: arn("aws:kms/key:Key"),
    repository: arn("aws:ecr/repository:Repository"),
    cluster: arn("aws:ecs/cluster:Cluster"),
    topic: arn("aws:sns/topic:Topic"),
    databaseLogin: arn(secret, "parameters-database"),
    apiKeys: arn(secret, "parameters-api-keys"),
    master: only(plan, "aws:rds/instance:Instance").state["masterUserSecrets"][0].secretArn as string,
    logGroup: (part) => arn("aws:cloudwatch/logGroup:LogGroup", `${part}-log`),
    parameters: (part) => containerOf(plan, part).secrets.map(({ valueFrom }) => valueFrom),
  };
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

/** The document that stands on a resource, by its ARN: who else may use it. */
export function resourcePolicies(plan: Plan): ReadonlyMap<string, string> {
  return new Map([
    ...all(plan, "aws:kms/key:Key").map(({ state, inputs }): [string, string] => [state["arn"], inputs["policy"]]),
    ...roles(plan).map(({ state, inputs }): [string, string] => [state["arn"], inputs["assumeRolePolicy"]]),
    ...all(plan, "aws:sns/topicPolicy:TopicPolicy").map(({ inputs }): [string, string] => [inputs["arn"], inputs["policy"]]),
  ]);
}
