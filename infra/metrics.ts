import type { Metric } from "./alarm";
import type { Cluster } from "./cluster";
import type { Database } from "./database";
import type { LoadBalancer } from "./load-balancer";
import { metricsNamespace, prefix } from "./names";
import type { Service } from "./service";

/** The parts a request passes. */
export interface Path {
  readonly region: string;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly service: Service;
  readonly database: Database;
}

type Namespace = (name: string, statistic: Metric["statistic"]) => Metric;

/** The numbers of each part, under the names by which CloudWatch has them. */
export interface Metrics {
  /** Where there is a web firewall, which calls its metrics after the stack. */
  readonly webFirewall: Namespace;
  readonly balancer: Namespace;
  /** What the load balancer knows of the tasks. */
  readonly targets: Namespace;
  readonly tasks: Namespace;
  /** Container Insights, where the cluster has it on. */
  readonly insights: Namespace;
  /** What the service writes itself: of all tasks together, so without dimensions. */
  readonly own: Namespace;
  readonly instance: Namespace;
}

export function metricsOf({ region, loadBalancer, cluster, service, database }: Path): Metrics {
  const tasks = { ClusterName: cluster.clusterName, ServiceName: service.serviceName };
  return {
    webFirewall: within("AWS/WAFV2", { WebACL: prefix, Region: region, Rule: "ALL" }),
    balancer: within("AWS/ApplicationELB", { LoadBalancer: loadBalancer.dimensions.LoadBalancer }),
    targets: within("AWS/ApplicationELB", loadBalancer.dimensions),
    tasks: within("AWS/ECS", tasks),
    insights: within("ECS/ContainerInsights", tasks),
    own: within(metricsNamespace, {}),
    instance: within("AWS/RDS", { DBInstanceIdentifier: database.identifier }),
  };
}

function within(namespace: string, dimensions: Metric["dimensions"]): Namespace {
  return (name, statistic) => ({ namespace, name, dimensions, statistic });
}
