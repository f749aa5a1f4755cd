import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { MonitoringSettings } from "../environments/settings";
import { alarm, type AlarmSpec, type Metric } from "./alarm";
import type { Alerts } from "./alerts";
import type { Cluster } from "./cluster";
import { dashboardBody } from "./dashboard";
import type { Database } from "./database";
import type { LoadBalancer } from "./load-balancer";
import { prefix } from "./names";
import type { Service } from "./service";

export interface MonitoringArgs extends MonitoringSettings {
  readonly region: string;
  readonly alerts: Alerts;
  readonly database: Database;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly service: Service;
}

/** Alarms that call somebody, and the picture to look at then. */
export class Monitoring extends pulumi.ComponentResource {
  readonly dashboardUrl: string;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Monitoring", name, {}, opts);

    for (const [kind, spec] of Object.entries(alarms(args))) {
      alarm(`${name}-${kind}`, spec, args.alerts, this);
    }
    new aws.cloudwatch.Dashboard(name, {
      dashboardName: prefix,
      dashboardBody: dashboardBody(args),
    }, { parent: this });

    this.dashboardUrl = `https://${args.region}.console.aws.amazon.com/cloudwatch/home?region=${args.region}#dashboards/dashboard/${prefix}`;
    this.registerOutputs({ dashboardUrl: this.dashboardUrl });
  }
}

function alarms({ database, loadBalancer, serverErrors, freeStorageGiB }: MonitoringArgs): Record<string, AlarmSpec> {
  const { LoadBalancer: balancer } = loadBalancer.dimensions;
  const elb = (name: string, statistic: Metric["statistic"], dimensions: Metric["dimensions"]): Metric =>
    ({ namespace: "AWS/ApplicationELB", name, dimensions, statistic });
  // No requests, no metric: silence of the load balancer is not an alarm.
  const once = { periodSeconds: 300, periods: 1, missingData: "notBreaching" } as const;
  return {
    "unhealthy-tasks": {
      description: "A task fails its health check, and ECS did not mend it within five minutes",
      of: elb("UnHealthyHostCount", "Minimum", loadBalancer.dimensions),
      threshold: { above: 0 },
      ...once,
    },
    "service-errors": {
      description: "Tasks answered with 5xx",
      of: elb("HTTPCode_Target_5XX_Count", "Sum", loadBalancer.dimensions),
      threshold: { above: serverErrors },
      ...once,
    },
    "balancer-errors": {
      description: "The load balancer itself answered with 5xx: no healthy task, a closed connection or a time-out",
      of: elb("HTTPCode_ELB_5XX_Count", "Sum", { LoadBalancer: balancer }),
      threshold: { above: serverErrors },
      ...once,
    },
    "database-storage": {
      description: "The database is running out of storage",
      of: {
        namespace: "AWS/RDS",
        name: "FreeStorageSpace",
        dimensions: { DBInstanceIdentifier: database.identifier },
        statistic: "Minimum",
      },
      threshold: { below: freeStorageGiB * 1024 ** 3 },
      ...once,
    },
  };
}
