import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import type { ServiceSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import { container } from "./container";
import type { Encryption } from "./encryption";
import type { Endpoints } from "./endpoints";
import type { Firewall } from "./firewall";
import type { Image } from "./image";
import type { LoadBalancer } from "./load-balancer";
import type { Migration } from "./migration";
import { prefix } from "./names";
import type { Network } from "./network";
import type { Parameters } from "./parameters";
import { rolePolicy, taskRole, useKey, type RoleScope, type Statement } from "./roles";
import { scaling } from "./scaling";
import { truthGate } from "./truth-gate";

export interface ServiceArgs extends ServiceSettings, RoleScope {
  readonly encryption: Encryption;
  readonly network: Network;
  readonly firewall: Firewall;
  readonly endpoints: Endpoints;
  readonly parameters: Parameters;
  readonly image: Image;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly migration: Migration;
  readonly logRetentionDays: number;
}

/** The tasks that answer requests: two or more, over two or more zones, replaced without a gap. */
export class Service extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
  /** What runs, known only once it does. */
  readonly taskDefinitionArn: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Service", name, {}, opts);

    const main = container(name, {
      ...args,
      inputs: args.parameters.service,
      command: "server.mjs",
      stopTimeoutSeconds: args.timeouts.stopSeconds,
    }, this);
    const role = taskRole(`${name}-task`, args, this);
    const rights = rolePolicy(`${name}-task`, role, secretsOf(args), this);

    const service = new awsx.ecs.FargateService(name, {
      cluster: args.cluster.arn,
      taskDefinitionArgs: {
        // awsx would start a new family with each change, and its history would be lost.
        family: `${prefix}-${name}`,
        cpu: String(args.cpuUnits),
        memory: String(args.memoryMiB),
        runtimePlatform: { cpuArchitecture: args.image.cpuArchitecture, operatingSystemFamily: "LINUX" },
        executionRole: { roleArn: main.executionRole.arn },
        taskRole: { roleArn: role.arn },
        logGroup: { existing: { name: main.logGroup.name, region: args.region } },
        container: main.definition,
      },
      desiredCount: args.minTasks,
      capacityProviderStrategies: capacityStrategies(args),
      // ECS takes another strategy only together with a deployment.
      forceNewDeployment: true,
      networkConfiguration: {
        subnets: args.network.privateSubnetIds,
        securityGroups: [args.firewall.service.id],
        assignPublicIp: false,
      },
      loadBalancers: [{
        targetGroupArn: args.loadBalancer.targetGroupArn,
        containerName: name,
        containerPort: args.port,
      }],
      availabilityZoneRebalancing: "ENABLED",
      deploymentCircuitBreaker: { enable: true, rollback: true },
      // The breaker sees tasks that do not become healthy; these see tasks that are, and answer with errors.
      alarms: { enable: true, rollback: true, alarmNames: args.loadBalancer.rollbackAlarms },
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      healthCheckGracePeriodSeconds: args.healthCheckGracePeriodSeconds,
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    }, {
      parent: this,
      // The new tasks need the new schema, the rights of their roles, the way to AWS and the database, and capacity of
      // the cluster, which for its part can only go after them.
      dependsOn: [args.migration, args.firewall, args.endpoints, args.cluster, rights, ...main.dependsOn],
      transforms: [serviceOptions],
    });

    const { arn: clusterArn, clusterName } = args.cluster;
    this.serviceName = service.service.name;
    this.logGroupName = main.logGroup.name;
    this.taskDefinitionArn = truthGate({ service, clusterArn, clusterName, logGroupName: this.logGroupName }, this);
    scaling(`${name}-scaling`, { ...args, serviceName: this.serviceName }, this);
    this.registerOutputs({ serviceName: this.serviceName });
  }
}

/** The service's own login and the clients' keys, to read; the master's secret stays out of reach. */
function secretsOf({ parameters, encryption, ...scope }: ServiceArgs): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: [parameters.databaseSecretArn, parameters.apiKeysSecretArn],
    },
    useKey(encryption.keyArn, ["kms:Decrypt"], "secretsmanager", scope),
  ];
}

/** Fargate for the tasks that nobody may take away, then by share. */
export function capacityStrategies(
  { onDemandTasks, spotPercent }: Pick<ServiceSettings, "onDemandTasks" | "spotPercent">,
) {
  return [
    // Of a provider that weighs nothing, ECS says that it places no task; of its base it says nothing.
    { capacityProvider: "FARGATE", base: onDemandTasks, weight: Math.max(100 - spotPercent, 1) },
    ...spotPercent === 0 ? [] : [{ capacityProvider: "FARGATE_SPOT", weight: spotPercent }],
  ];
}

/**
 * Autoscaling owns the count after the first `pulumi up`, which would otherwise set it back; and a rollout that alarms
 * watch may outlast the provider's 20 minutes. awsx passes neither on to the service it makes; a transform
 * reaches it.
 */
export const serviceOptions: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "aws:ecs/service:Service"
    ? {
      props,
      opts: pulumi.mergeOptions(opts, {
        ignoreChanges: ["desiredCount"],
        customTimeouts: { create: "30m", update: "30m" },
      }),
    }
    : undefined;
