import { checked, defined, need, type Expansion, type Inputs } from "./component";

/** The arguments of `awsx.ecs.FargateService` of which it is known here what follows. */
interface FargateServiceArgs {
  readonly cluster: string;
  readonly taskDefinitionArgs: Inputs;
  readonly desiredCount: number;
  readonly networkConfiguration: Inputs;
  readonly loadBalancers: readonly Inputs[];
  readonly alarms?: Inputs;
  readonly availabilityZoneRebalancing?: string;
  readonly capacityProviderStrategies?: readonly Inputs[];
  readonly deploymentCircuitBreaker?: Inputs;
  readonly deploymentMaximumPercent?: number;
  readonly deploymentMinimumHealthyPercent?: number;
  readonly enableEcsManagedTags?: boolean;
  readonly enableExecuteCommand?: boolean;
  readonly forceNewDeployment?: boolean;
  readonly healthCheckGracePeriodSeconds?: number;
  readonly propagateTags?: string;
  readonly tags?: Inputs;
}

interface TaskDefinitionArgs {
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly container: Container;
  readonly executionRole: Inputs;
  readonly taskRole: Inputs;
  /** That awsx makes none of its own: the container says where its lines go. */
  readonly logGroup: Inputs;
  readonly runtimePlatform?: Inputs;
}

interface Container extends Inputs {
  readonly name: string;
  readonly logConfiguration: Inputs;
  readonly portMappings: readonly Inputs[];
}

interface PortMapping {
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly protocol?: string;
}

/** A service, and the task definition in a component of its own. */
export const fargateService: Expansion = ({ name, inputs }, make) => {
  const { taskDefinitionArgs, ...own } = checked<FargateServiceArgs>(`awsx.ecs.FargateService ${name}`, inputs, {
    cluster: "needed",
    taskDefinitionArgs: "needed",
    desiredCount: "needed",
    networkConfiguration: "needed",
    loadBalancers: "needed",
    alarms: "optional",
    availabilityZoneRebalancing: "optional",
    capacityProviderStrategies: "optional",
    deploymentCircuitBreaker: "optional",
    deploymentMaximumPercent: "optional",
    deploymentMinimumHealthyPercent: "optional",
    enableEcsManagedTags: "optional",
    enableExecuteCommand: "optional",
    forceNewDeployment: "optional",
    healthCheckGracePeriodSeconds: "optional",
    propagateTags: "optional",
    tags: "optional",
  });
  const component = make("awsx:ecs:FargateTaskDefinition", name, {});
  const definition = make("aws:ecs/taskDefinition:TaskDefinition", name, taskDefinition(name, taskDefinitionArgs), component);
  const service = make("aws:ecs/service:Service", name, defined({
    ...own,
    // ECS takes either a launch type or providers of capacity.
    launchType: own.capacityProviderStrategies === undefined ? "FARGATE" : undefined,
    waitForSteadyState: true,
    taskDefinition: definition.state["arn"],
  }));
  return {
    service: { id: service.id, ...service.state },
    taskDefinition: { id: definition.id, ...definition.state },
  };
};

function taskDefinition(name: string, inputs: Inputs): Inputs {
  const what = `the task definition of awsx.ecs.FargateService ${name}`;
  const { container, executionRole, taskRole, logGroup, ...own } = checked<TaskDefinitionArgs>(what, inputs, {
    family: "needed",
    cpu: "needed",
    memory: "needed",
    container: "needed",
    executionRole: "needed",
    taskRole: "needed",
    logGroup: "needed",
    runtimePlatform: "optional",
  });
  checked(`the log group of ${what}`, logGroup, { existing: "needed" });
  need(`the container of ${what}`, container, "name", "logConfiguration", "portMappings");
  return defined({
    ...own,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    executionRoleArn: roleArn(`the execution role of ${what}`, executionRole),
    taskRoleArn: roleArn(`the task role of ${what}`, taskRole),
    containerDefinitions: JSON.stringify([{
      ...container,
      portMappings: container.portMappings.map((mapping) => portMapping(`a port of ${what}`, mapping)),
    }]),
  });
}

function roleArn(what: string, inputs: Inputs): string {
  return checked<{ readonly roleArn: string }>(what, inputs, { roleArn: "needed" }).roleArn;
}

function portMapping(what: string, inputs: Inputs): PortMapping {
  const { containerPort, hostPort = containerPort, protocol } = checked<PortMapping>(what, inputs, {
    containerPort: "needed",
    hostPort: "optional",
    protocol: "optional",
  });
  return { containerPort, hostPort, protocol };
}
