import type { PlannedResource } from "../record";
import type { Plan } from "../render";
import type { ContainerDefinition, TaskDefinition } from "../stand-ins/ecs-shapes";
import type { HealthCheck } from "../stand-ins/health-check";

/** What the plan says of each part that can run on this computer. */
export interface Parts {
  readonly region: string;
  readonly accountId: string;
  readonly database: DatabasePart;
  readonly secrets: readonly { readonly name: string; readonly arn: string }[];
  readonly masterSecretArn: string;
  readonly parameters: readonly { readonly name: string; readonly arn: string; readonly value: string; readonly type: "String" }[];
  readonly logGroups: readonly string[];
  readonly clusterName: string;
  readonly migration: TaskDefinition;
  readonly service: ServicePart;
  readonly balancer: BalancerPart;
}

interface DatabasePart {
  readonly majorVersion: number;
  readonly database: string;
  readonly username: string;
  readonly forceTls: boolean;
}

export interface ServicePart {
  readonly name: string;
  readonly definition: TaskDefinition;
  readonly container: ContainerDefinition;
  readonly desiredCount: number;
  readonly gracePeriodSeconds: number;
  readonly databaseSecretArn: string;
  readonly apiKeysSecretArn: string;
}

export interface BalancerPart {
  /** Of the listener that forwards: what clients would see. */
  readonly protocol: "HTTP" | "HTTPS";
  readonly port: number;
  readonly idleTimeoutSeconds: number;
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheck;
}

/** Takes the parts out of a plan; throws where the plan holds none or more than one of a part. */
export function partsOf(plan: Plan): Parts {
  // There may be others: an instance that is kept beside it, and parameters of a version that is left.
  const instance = only(plan, "aws:rds/instance:Instance", ({ name }) =>
    name === `database-${plan.config["accounts:databaseGeneration"]}`);
  const group = only(plan, "aws:rds/parameterGroup:ParameterGroup", ({ state }) =>
    state["name"] === instance.inputs["parameterGroupName"]);
  const masterSecretArn: string = instance.state["masterUserSecrets"][0].secretArn;
  return {
    region: plan.config["aws:region"] ?? "",
    accountId: plan.config["accounts:accountId"] ?? "",
    database: {
      majorVersion: Number.parseInt(instance.inputs["engineVersion"], 10),
      database: instance.state["dbName"],
      username: instance.state["username"],
      forceTls: (group.inputs["parameters"] as { name: string; value: string }[])
        .some(({ name, value }) => name === "rds.force_ssl" && value === "1"),
    },
    masterSecretArn,
    secrets: [
      // RDS makes this one itself.
      { name: masterSecretArn.replace(/^.*:secret:/, "").replace(/-\w{6}$/, ""), arn: masterSecretArn },
      ...all(plan, "aws:secretsmanager/secret:Secret").map(({ inputs, state }) => ({ name: inputs["name"], arn: state["arn"] })),
    ],
    parameters: all(plan, "aws:ssm/parameter:Parameter").map(({ inputs, state }) =>
      ({ name: inputs["name"], arn: state["arn"], value: inputs["insecureValue"], type: "String" })),
    logGroups: all(plan, "aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs["name"]),
    clusterName: only(plan, "aws:ecs/cluster:Cluster").state["name"],
    migration: migrationOf(only(plan, "aws:ecs/taskDefinition:TaskDefinition")),
    service: serviceOf(only(plan, "awsx:ecs:FargateService"), plan),
    balancer: balancerOf(only(plan, "awsx:lb:ApplicationLoadBalancer")),
  };
}

function migrationOf({ inputs, state }: PlannedResource): TaskDefinition {
  return {
    taskDefinitionArn: state["arn"],
    family: inputs["family"],
    revision: 1,
    containerDefinitions: JSON.parse(inputs["containerDefinitions"]),
  };
}

/** awsx makes the task definition of its arguments, so the plan holds no ARN of it. */
function serviceOf({ inputs, state }: PlannedResource, plan: Plan): ServicePart {
  const { family, container } = inputs["taskDefinitionArgs"] as { family: string; container: ContainerDefinition };
  const environment = Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name, value]));
  const arn = `arn:aws:ecs:${plan.config["aws:region"]}:${plan.config["accounts:accountId"]}:task-definition/${family}:1`;
  return {
    name: state["service"].name,
    definition: { taskDefinitionArn: arn, family, revision: 1, containerDefinitions: [container] },
    container,
    desiredCount: inputs["desiredCount"],
    gracePeriodSeconds: inputs["healthCheckGracePeriodSeconds"],
    databaseSecretArn: environment["DATABASE_SECRET_ARN"] ?? "",
    apiKeysSecretArn: environment["API_KEYS_SECRET_ARN"] ?? "",
  };
}

function balancerOf({ inputs }: PlannedResource): BalancerPart {
  const group = inputs["defaultTargetGroup"];
  const listeners = inputs["listeners"] as { port: number; protocol: "HTTP" | "HTTPS"; defaultActions?: unknown[] }[];
  // A listener without actions of its own sends its requests to the default target group.
  const [forwarding, ...others] = listeners.filter(({ defaultActions }) => defaultActions === undefined);
  if (forwarding === undefined || others.length > 0) {
    throw new Error(`the plan has ${listeners.length} listeners, of which exactly one must forward to the target group`);
  }
  return {
    protocol: forwarding.protocol,
    port: forwarding.port,
    idleTimeoutSeconds: inputs["idleTimeout"],
    deregistrationDelaySeconds: group.deregistrationDelay,
    healthCheck: {
      path: group.healthCheck.path,
      matcher: group.healthCheck.matcher,
      intervalSeconds: group.healthCheck.interval,
      timeoutSeconds: group.healthCheck.timeout,
      healthyThreshold: group.healthCheck.healthyThreshold,
      unhealthyThreshold: group.healthCheck.unhealthyThreshold,
    },
  };
}

function all(plan: Plan, type: string): PlannedResource[] {
  return plan.resources.filter((resource) => resource.type === type);
}

function only(plan: Plan, type: string, runs: (resource: PlannedResource) => boolean = () => true): PlannedResource {
  const [found, ...others] = all(plan, type).filter(runs);
  if (found === undefined || others.length > 0) {
    const count = found === undefined ? 0 : others.length + 1;
    throw new Error(`the plan of ${plan.stack} has ${count} resources of type ${type} to run, but one can run here`);
  }
  return found;
}
