import * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../environments/settings";
import type { Metric } from "./alarm";
import type { Metrics } from "./metrics";

/** CloudWatch's grid is 24 units wide. */
const grid = 24;
const alarmsHeight = 4;
const headingHeight = 1;
const graphHeight = 6;

export interface DashboardArgs {
  readonly region: string;
  readonly settings: Pick<Settings, "cluster" | "database" | "webFirewall">;
  readonly metrics: Metrics;
  readonly alarmArns: readonly pulumi.Output<string>[];
}

interface Graph {
  readonly title: string;
  readonly shows: readonly Metric[];
  /** A line across, at what there is at most. */
  readonly most?: number;
}

/** One part of the picture: what comes in above, how it goes below. */
interface Column {
  readonly heading: string;
  readonly graphs: readonly Graph[];
}

/** The alarms, and below them the path of a request from left to right. */
export function dashboardBody({ region, settings, metrics, alarmArns }: DashboardArgs): pulumi.Output<string> {
  const columns = [
    balancerColumn(metrics, settings), taskColumn(metrics, settings), serviceColumn(metrics),
    databaseColumn(metrics, settings),
  ];
  const width = grid / columns.length;
  return pulumi.jsonStringify({
    widgets: [
      { type: "alarm", x: 0, y: 0, width: grid, height: alarmsHeight, properties: { title: "Alarms", alarms: alarmArns } },
      ...columns.flatMap(({ heading, graphs }, column) => [
        {
          type: "text",
          ...{ x: column * width, y: alarmsHeight, width, height: headingHeight },
          properties: { markdown: `## ${column + 1} ${heading}` },
        },
        ...graphs.map((graph, row) => ({
          type: "metric",
          ...{ x: column * width, y: alarmsHeight + headingHeight + row * graphHeight, width, height: graphHeight },
          properties: propertiesOf(graph, region),
        })),
      ]),
    ],
  });
}

function propertiesOf({ title, shows, most }: Graph, region: string) {
  return {
    title,
    metrics: shows.map(({ namespace, name, dimensions, statistic }) =>
      [namespace, name, ...Object.entries(dimensions).flat(), { stat: statistic }]),
    region,
    period: 60,
    view: "timeSeries",
    ...most === undefined ? {} : { annotations: { horizontal: [{ label: "at most", value: most }] } },
  };
}

function balancerColumn({ balancer, targets, webFirewall }: Metrics, settings: DashboardArgs["settings"]): Column {
  return {
    heading: "Load balancer",
    graphs: [
      {
        title: "Requests, and those that are turned away",
        shows: [
          balancer("RequestCount", "Sum"), balancer("HTTPCode_ELB_4XX_Count", "Sum"),
          ...settings.webFirewall === "none" ? [] : [webFirewall("BlockedRequests", "Sum")],
        ],
      },
      { title: "5xx of the tasks, and its own", shows: [targets("HTTPCode_Target_5XX_Count", "Sum"), balancer("HTTPCode_ELB_5XX_Count", "Sum")] },
      { title: "Time to answer, s: half, and 99 of 100", shows: [targets("TargetResponseTime", "p50"), targets("TargetResponseTime", "p99")] },
    ],
  };
}

function taskColumn({ targets, tasks, insights, own }: Metrics, { cluster }: DashboardArgs["settings"]): Column {
  const counted = [insights("DesiredTaskCount", "Average"), insights("RunningTaskCount", "Average")];
  return {
    heading: "Tasks",
    graphs: [
      {
        title: "Healthy and not",
        shows: [
          targets("HealthyHostCount", "Minimum"), targets("UnHealthyHostCount", "Maximum"),
          ...cluster.containerInsights === "disabled" ? [] : counted,
        ],
      },
      { title: "CPU and memory, %", shows: [tasks("CPUUtilization", "Average"), tasks("MemoryUtilization", "Average")] },
      { title: "Delay of the event loop, ms", shows: [own("EventLoopDelay", "Average"), own("EventLoopDelay", "Maximum")] },
    ],
  };
}

function serviceColumn({ own }: Metrics): Column {
  return {
    heading: "Service",
    graphs: [
      { title: "Requests and errors", shows: [own("Requests", "Sum"), own("ClientErrors", "Sum"), own("ServerErrors", "Sum")] },
      { title: "Time to answer, ms: half, and 99 of 100", shows: [own("Latency", "p50"), own("Latency", "p99")] },
      {
        title: "Left to the pool, waiting for it, secrets not read",
        shows: [own("LaneSpilled", "Sum"), own("PoolWaiting", "Maximum"), own("SecretFailures", "Sum")],
      },
    ],
  };
}

function databaseColumn({ instance }: Metrics, { database }: DashboardArgs["settings"]): Column {
  return {
    heading: "Database",
    graphs: [
      { title: "Connections", shows: [instance("DatabaseConnections", "Maximum")], most: database.maxConnections },
      { title: "CPU, %", shows: [instance("CPUUtilization", "Average")] },
      { title: "Free storage and memory, bytes", shows: [instance("FreeStorageSpace", "Minimum"), instance("FreeableMemory", "Minimum")] },
    ],
  };
}
