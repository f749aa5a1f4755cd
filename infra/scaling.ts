import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { ServiceSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import type { LoadBalancer } from "./load-balancer";

export interface ScalingArgs extends ServiceSettings {
  readonly cluster: Cluster;
  readonly loadBalancer: LoadBalancer;
  readonly serviceName: pulumi.Output<string>;
}

type Policy = aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration;
type Metric = Policy["predefinedMetricSpecification"];

/** As many tasks as the busier of the two measures asks for: a task can be full of work, or of requests that wait. */
export function scaling(name: string, args: ScalingArgs, parent: pulumi.Resource): void {
  const target = new aws.appautoscaling.Target(name, {
    serviceNamespace: "ecs",
    scalableDimension: "ecs:service:DesiredCount",
    resourceId: pulumi.interpolate`service/${args.cluster.clusterName}/${args.serviceName}`,
    minCapacity: args.minTasks,
    maxCapacity: args.maxTasks,
  }, { parent });

  const track = (measure: string, metric: Metric, targetValue: number) =>
    new aws.appautoscaling.Policy(`${name}-${measure}`, {
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: metric,
        targetValue,
        scaleInCooldown: args.scaleInSeconds,
        scaleOutCooldown: args.scaleOutSeconds,
      },
    }, { parent });

  const { LoadBalancer: balancer, TargetGroup: targetGroup } = args.loadBalancer.dimensions;
  track("cpu", { predefinedMetricType: "ECSServiceAverageCPUUtilization" }, args.cpuTargetPercent);
  track("requests", {
    predefinedMetricType: "ALBRequestCountPerTarget",
    resourceLabel: pulumi.interpolate`${balancer}/${targetGroup}`,
  }, args.requestsPerTaskMinute);
}
