import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { MonitoringSettings } from "../environments/settings";
import type { Cluster } from "./cluster";
import { dashboardBody } from "./dashboard";
import type { Database } from "./database";
import type { Encryption } from "./encryption";
import type { LoadBalancer } from "./load-balancer";
import { prefix } from "./names";
import type { Service } from "./service";

export interface MonitoringArgs extends MonitoringSettings {
  readonly region: string;
  /** Empty for nobody. */
  readonly alarmEmail: string;
  readonly encryption: Encryption;
  readonly database: Database;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly service: Service;
}

/** What differs from alarm to alarm. */
interface Alarm {
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, pulumi.Input<string>>;
  readonly statistic: "Maximum" | "Minimum" | "Sum";
  readonly above?: number;
  readonly below?: number;
}

/** Alarms that call somebody, and the picture to look at then. */
export class Monitoring extends pulumi.ComponentResource {
  readonly dashboardUrl: string;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Monitoring", name, {}, opts);

    const topic = new aws.sns.Topic(`${name}-alarms`, { kmsMasterKeyId: args.encryption.keyArn }, { parent: this });
    if (args.alarmEmail !== "") {
      new aws.sns.TopicSubscription(`${name}-mail`, {
        topic: topic.arn,
        protocol: "email",
        endpoint: args.alarmEmail,
      }, { parent: this });
    }
    for (const [kind, alarm] of Object.entries(alarms(args))) {
      this.alarm(`${name}-${kind}`, alarm, topic);
    }
    new aws.cloudwatch.Dashboard(name, {
      dashboardName: prefix,
      dashboardBody: dashboardBody(args),
    }, { parent: this });

    this.dashboardUrl = `https://${args.region}.console.aws.amazon.com/cloudwatch/home?region=${args.region}#dashboards/dashboard/${prefix}`;
    this.registerOutputs({ dashboardUrl: this.dashboardUrl });
  }

  private alarm(name: string, { description, above, below, statistic, ...metric }: Alarm, topic: aws.sns.Topic): void {
    new aws.cloudwatch.MetricAlarm(name, {
      alarmDescription: description,
      ...metric,
      statistic,
      comparisonOperator: above === undefined ? "LessThanThreshold" : "GreaterThanThreshold",
      threshold: above ?? below,
      period: 300,
      evaluationPeriods: 1,
      // No requests, no metric: silence of the load balancer is not an alarm.
      treatMissingData: "notBreaching",
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    }, { parent: this });
  }
}

function alarms({ database, loadBalancer, serverErrors, freeStorageGiB }: MonitoringArgs): Record<string, Alarm> {
  const { LoadBalancer: balancer } = loadBalancer.dimensions;
  return {
    "unhealthy-tasks": {
      description: "A task fails its health check, and ECS did not mend it within five minutes",
      namespace: "AWS/ApplicationELB",
      metricName: "UnHealthyHostCount",
      dimensions: loadBalancer.dimensions,
      statistic: "Minimum",
      above: 0,
    },
    "service-errors": {
      description: "Tasks answered with 5xx",
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_Target_5XX_Count",
      dimensions: loadBalancer.dimensions,
      statistic: "Sum",
      above: serverErrors,
    },
    "balancer-errors": {
      description: "The load balancer itself answered with 5xx: no healthy task, a closed connection or a time-out",
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_ELB_5XX_Count",
      dimensions: { LoadBalancer: balancer },
      statistic: "Sum",
      above: serverErrors,
    },
    "database-storage": {
      description: "The database is running out of storage",
      namespace: "AWS/RDS",
      metricName: "FreeStorageSpace",
      dimensions: { DBInstanceIdentifier: database.identifier },
      statistic: "Minimum",
      below: freeStorageGiB * 1024 ** 3,
    },
  };
}
