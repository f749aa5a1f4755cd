import * as pulumi from "@pulumi/pulumi";

import type { MonitoringArgs } from "./monitoring";

/** CloudWatch's grid is 24 units wide. */
const width = 8;
const height = 6;

type Metric = readonly [namespace: string, name: string, ...dimensions: pulumi.Input<string>[]];

/** The path of a request from left to right: load balancer, tasks, database; rates above, limits below. */
export function dashboardBody(args: MonitoringArgs): pulumi.Output<string> {
  const { region, loadBalancer, cluster, service, database } = args;
  const balancer = ["LoadBalancer", loadBalancer.dimensions.LoadBalancer];
  const targets = [...balancer, "TargetGroup", loadBalancer.dimensions.TargetGroup];
  const tasks = ["ClusterName", cluster.clusterName, "ServiceName", service.serviceName];
  const instance = ["DBInstanceIdentifier", database.identifier];
  const elb = (name: string, dimensions: pulumi.Input<string>[]): Metric => ["AWS/ApplicationELB", name, ...dimensions];
  const rows: [title: string, stat: string, metrics: Metric[]][][] = [
    [
      ["Requests and errors", "Sum", [
        elb("RequestCount", balancer),
        elb("HTTPCode_Target_5XX_Count", targets),
        elb("HTTPCode_ELB_5XX_Count", balancer),
      ]],
      ["Tasks: CPU and memory, %", "Average", [
        ["AWS/ECS", "CPUUtilization", ...tasks],
        ["AWS/ECS", "MemoryUtilization", ...tasks],
      ]],
      ["Database: CPU, %", "Average", [["AWS/RDS", "CPUUtilization", ...instance]]],
    ],
    [
      ["Time to answer, s, 99 of 100", "p99", [elb("TargetResponseTime", targets)]],
      ["Tasks: healthy and not", "Minimum", [elb("HealthyHostCount", targets), elb("UnHealthyHostCount", targets)]],
      ["Database: connections and free storage", "Average", [
        ["AWS/RDS", "DatabaseConnections", ...instance],
        ["AWS/RDS", "FreeStorageSpace", ...instance],
      ]],
    ],
  ];
  return pulumi.jsonStringify({
    widgets: rows.flatMap((row, y) => row.map(([title, stat, metrics], x) => ({
      type: "metric",
      x: x * width,
      y: y * height,
      width,
      height,
      properties: { title, stat, metrics, region, period: 60, view: "timeSeries" },
    }))),
  });
}
