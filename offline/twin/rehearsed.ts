import type { Plan } from "../render";

/**
 * The resource types of which something runs here, each with what of it does not. Every other type of the plan is not
 * rehearsed at all.
 */
const rehearsed: Readonly<Record<string, string>> = {
  "aws:rds/instance:Instance": "size, storage, encryption, standby, backups",
  "aws:rds/parameterGroup:ParameterGroup": "all parameters but rds.force_ssl",
  "aws:secretsmanager/secret:Secret": "encryption, recovery window",
  "aws:ssm/parameter:Parameter": "",
  "aws:cloudwatch/logGroup:LogGroup": "retention, encryption",
  "aws:ecs/cluster:Cluster": "Container Insights",
  "aws:ecs/taskDefinition:TaskDefinition": "CPU, memory, user, read-only root, capabilities, roles, image",
  "awsx:ecs:FargateService": "CPU, memory, user, read-only root, capabilities, roles, image, subnets, rollout",
  "awsx:lb:ApplicationLoadBalancer": "TLS, redirect from port 80, subnets, header and desync rules, deletion protection",
};

/** Grouping by component and by provider says nothing about a cloud. */
const notOfACloud = /^(accounts:infra:|pulumi:)/;

export interface NotRehearsed {
  /** Of the types that run here: what of them does not. */
  readonly parts: readonly string[];
  /** The types that do not run here, with how many resources of the plan they are. */
  readonly types: readonly string[];
}

/** What of a plan this computer does not show. */
export function notRehearsed(plan: Plan): NotRehearsed {
  const counts = new Map<string, number>();
  for (const { type } of plan.resources.filter((resource) => !notOfACloud.test(resource.type))) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const types = [...counts.keys()].toSorted();
  return {
    parts: types.flatMap((type) => rehearsed[type] ? [`${shortType(type)}: ${rehearsed[type]}`] : []),
    types: types.filter((type) => !(type in rehearsed)).map((type) => `${shortType(type)} (${counts.get(type)})`),
  };
}

/** `aws:rds/instance:Instance` is `aws.rds.Instance` to whoever writes the program. */
function shortType(type: string): string {
  const [provider, module = "", name] = type.split(":");
  return `${provider}.${module.split("/")[0]}.${name}`;
}
