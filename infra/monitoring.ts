import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../environments/settings";
import { alarm } from "./alarm";
import { budget } from "./budget";
import { dashboardBody } from "./dashboard";
import { databaseAlarms } from "./database-alarms";
import { eventAlarms } from "./event-alarms";
import { tellOfEvents, type EventsArgs } from "./events";
import type { LoadBalancer } from "./load-balancer";
import { metricsOf } from "./metrics";
import { prefix } from "./names";
import { certificateAlarm, requestAlarms } from "./request-alarms";
import type { Rotation } from "./rotation";
import { rotationAlarms } from "./rotation-alarms";
import { insightsAlarms, serviceAlarms, taskAlarms } from "./task-alarms";
import { alarmOf } from "./watch";

export interface MonitoringArgs extends EventsArgs {
  /** Of the parts that are watched as well: what they were made for says when they are unwell. */
  readonly settings: Pick<Settings, "cluster" | "database" | "monitoring" | "rotation" | "service" | "webFirewall">;
  /** Empty for nobody. */
  readonly alarmEmail: string;
  readonly loadBalancer: LoadBalancer;
  readonly rotation: Rotation;
}

/** Alarms and events that call somebody, the picture to look at then, and what all of it may cost. */
export class Monitoring extends pulumi.ComponentResource {
  readonly dashboardUrl: string;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Monitoring", name, {}, opts);

    const { region, settings, loadBalancer, rotation } = args;
    const metrics = metricsOf(args);
    const watches = {
      ...requestAlarms(metrics, loadBalancer, settings.monitoring),
      ...taskAlarms(metrics, settings),
      ...serviceAlarms(metrics, settings),
      ...databaseAlarms(metrics, settings),
      ...eventAlarms(tellOfEvents(name, args, this)),
      // Last what not every stack has, so that two dashboards differ at their ends only.
      ...settings.cluster.containerInsights === "disabled" ? {} : insightsAlarms(metrics),
      ...loadBalancer.certificateArn ? certificateAlarm(loadBalancer.certificateArn) : {},
      ...rotationAlarms(metrics, rotation.groupName, settings.rotation),
    };
    const alarms = Object.entries(watches)
      .map(([kind, watch]) => alarm(`${name}-${kind}`, alarmOf(watch), args.alerts, this));
    new aws.cloudwatch.Dashboard(name, {
      dashboardName: prefix,
      dashboardBody: dashboardBody({ region, settings, metrics, alarmArns: alarms.map(({ arn }) => arn) }),
    }, { parent: this });
    if (settings.monitoring.monthlyBudgetUsd > 0) {
      budget(`${name}-budget`, { ...settings.monitoring, alarmEmail: args.alarmEmail }, this);
    }

    this.dashboardUrl = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${prefix}`;
    this.registerOutputs({ dashboardUrl: this.dashboardUrl });
  }
}
