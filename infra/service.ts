import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import type { ServiceSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import { container } from "./container";
import type { Encryption } from "./encryption";
import type { Firewall } from "./firewall";
import type { Image } from "./image";
import type { LoadBalancer } from "./load-balancer";
import type { Migration } from "./migration";
import { prefix } from "./names";
import type { Network } from "./network";
import type { Parameters } from "./parameters";
import { rolePolicy, taskRole, useKey, type RoleScope, type Statement } from "./roles";

export interface ServiceArgs extends ServiceSettings, RoleScope {
  readonly encryption: Encryption;
  readonly network: Network;
  readonly firewall: Firewall;
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
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      healthCheckGracePeriodSeconds: args.healthCheckGracePeriodSeconds,
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    }, {
      parent: this,
      // The new tasks need the new schema, the rights of their roles, and the firewall's rules.
      dependsOn: [args.migration, args.firewall, rights, ...main.dependsOn],
      transforms: [leaveDesiredCount],
    });

    this.serviceName = service.service.name;
    this.logGroupName = main.logGroup.name;
    this.scale(name, args);
    this.registerOutputs({ serviceName: this.serviceName });
  }

  private scale(name: string, args: ServiceArgs): void {
    const target = new aws.appautoscaling.Target(`${name}-scaling`, {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${args.cluster.clusterName}/${this.serviceName}`,
      minCapacity: args.minTasks,
      maxCapacity: args.maxTasks,
    }, { parent: this });
    new aws.appautoscaling.Policy(`${name}-scaling-cpu`, {
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        targetValue: args.cpuTargetPercent,
      },
    }, { parent: this });
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

/**
 * Autoscaling owns the count after the first `pulumi up`, which would otherwise set it back. awsx passes no
 * `ignoreChanges` on to the service it makes; a transform reaches it.
 */
export const leaveDesiredCount: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "aws:ecs/service:Service"
    ? { props, opts: pulumi.mergeOptions(opts, { ignoreChanges: ["desiredCount"] }) }
    : undefined;
