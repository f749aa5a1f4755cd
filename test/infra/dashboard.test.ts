import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { alarmsOf, dimensionsOf } from "../alarms";
import { only, planOf } from "../example/plans";

type Series = readonly [namespace: string, name: string, ...rest: (string | { readonly stat: string })[]];

interface Widget extends Record<"height" | "width" | "x" | "y", number> {
  readonly type: "alarm" | "metric" | "text";
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly alarms?: string[];
    readonly metrics?: Series[];
    readonly region?: string;
    readonly period?: number;
    readonly annotations?: { readonly horizontal: { readonly label: string; readonly value: number }[] };
  };
}

function widgetsOf(plan: Plan, type?: Widget["type"]): Widget[] {
  const { dashboardBody } = only(plan, "aws:cloudwatch/dashboard:Dashboard").inputs;
  const { widgets } = JSON.parse(dashboardBody) as { widgets: Widget[] };
  return widgets.filter((widget) => type === undefined || widget.type === type);
}

/** What is drawn, by title: `<metric> <statistic>` of each line. */
function drawn(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(widgetsOf(plan, "metric").map(({ properties: { title, metrics } }) =>
    [title, (metrics ?? []).map((series) => `${series[1]} ${(series.at(-1) as { stat: string }).stat}`)]));
}

const pictures = {
  balancer: {
    "Requests, and those that are turned away": ["RequestCount Sum", "HTTPCode_ELB_4XX_Count Sum"],
    "5xx of the tasks, and its own": ["HTTPCode_Target_5XX_Count Sum", "HTTPCode_ELB_5XX_Count Sum"],
    "Time to answer, s: half, and 99 of 100": ["TargetResponseTime p50", "TargetResponseTime p99"],
  },
  tasks: {
    "Healthy and not": ["HealthyHostCount Minimum", "UnHealthyHostCount Maximum"],
    "CPU and memory, %": ["CPUUtilization Average", "MemoryUtilization Average"],
    "Delay of the event loop, ms": ["EventLoopDelay Average", "EventLoopDelay Maximum"],
  },
  service: {
    "Requests and errors": ["Requests Sum", "ClientErrors Sum", "ServerErrors Sum"],
    "Time to answer, ms: half, and 99 of 100": ["Latency p50", "Latency p99"],
    "Left to the pool, waiting for it, secrets not read": ["LaneSpilled Sum", "PoolWaiting Maximum", "SecretFailures Sum"],
  },
  database: {
    Connections: ["DatabaseConnections Maximum"],
    "CPU, %": ["CPUUtilization Average"],
    "Free storage and memory, bytes": ["FreeStorageSpace Minimum", "FreeableMemory Minimum"],
  },
};

describe("the dashboard", () => {
  it("draws the path of a request", async () => {
    const { balancer, tasks, service, database } = pictures;
    assert.deepEqual(drawn(await planOf("dev")), { ...balancer, ...tasks, ...service, ...database });
  });

  it("draws how many tasks are wanted and run as well, where Container Insights counts them", async () => {
    assert.deepEqual(drawn(await planOf("prod"))["Healthy and not"], [
      "HealthyHostCount Minimum", "UnHealthyHostCount Maximum", "DesiredTaskCount Average", "RunningTaskCount Average",
    ]);
  });

  it("draws what the web firewall turns away as well, where there is one", async () => {
    assert.deepEqual(drawn(await planOf("prod"))["Requests, and those that are turned away"], [
      "RequestCount Sum", "HTTPCode_ELB_4XX_Count Sum", "BlockedRequests Sum",
    ]);
  });

  it("goes from left to right, as a request does", async () => {
    const plan = await planOf("prod");
    const headings = widgetsOf(plan, "text").map(({ x, y, properties }) => [x, y, properties.markdown]);
    assert.deepEqual(headings, [
      [0, 4, "## 1 Load balancer"], [6, 4, "## 2 Tasks"], [12, 4, "## 3 Service"], [18, 4, "## 4 Database"],
    ]);
    const columns = Object.values(pictures).map((graphs) => Object.keys(graphs));
    const placed = [0, 6, 12, 18].map((left) => widgetsOf(plan, "metric").filter(({ x }) => x === left));
    assert.deepEqual(placed.map((widgets) => widgets.map(({ properties }) => properties.title)), columns);
  });

  it("shows the state of every alarm above all else", async () => {
    const plan = await planOf("prod");
    const [{ properties: { alarms = [], title }, ...place } = assert.fail("no alarms"), ...more] = widgetsOf(plan, "alarm");
    assert.deepEqual(more, []);
    assert.deepEqual({ ...place, title }, { type: "alarm", x: 0, y: 0, width: 24, height: 4, title: "Alarms" });
    assert.deepEqual(alarms.toSorted(), alarmsOf(plan).map(({ state }) => state["arn"] as string).toSorted());
  });

  it("shows metrics of this stack only, under dimensions that exist", async () => {
    const plan = await planOf("prod");
    const { balancer, targets, tasks, instance } = dimensionsOf(plan);
    const { metricName } = only(plan, "aws:wafv2/webAcl:WebAcl").inputs["visibilityConfig"];
    const known = [
      ["AWS/WAFV2", { WebACL: metricName, Region: "eu-west-1", Rule: "ALL" }], ["AWS/ApplicationELB", balancer], ["AWS/ApplicationELB", targets], ["AWS/ECS", tasks], ["ECS/ContainerInsights", tasks],
      ["AWS/RDS", instance], ["accounts/prod", {}],
    ].map(([namespace, dimensions]) => JSON.stringify([namespace, ...Object.entries(dimensions as object).flat()]));
    const used = widgetsOf(plan, "metric").flatMap(({ properties }) => properties.metrics ?? [])
      .map(([namespace, , ...rest]) => JSON.stringify([namespace, ...rest.slice(0, -1)]));
    assert.deepEqual([...new Set(used)].toSorted(), known.toSorted());
  });

  it("draws a line where there are no more connections", async () => {
    const lines = widgetsOf(await planOf("prod"), "metric").filter(({ properties }) => properties.annotations)
      .map(({ properties: { title, annotations } }) => [title, annotations?.horizontal]);
    assert.deepEqual(lines, [["Connections", [{ label: "at most", value: 400 }]]]);
  });

  it("lies on a grid of 24 units without overlaps, because CloudWatch refuses what lies outside", async () => {
    const taken = new Set<string>();
    for (const { x, y, width, height, properties } of widgetsOf(await planOf("prod"))) {
      assert.ok(x >= 0 && x + width <= 24, JSON.stringify(properties));
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          assert.ok(!taken.has(`${column} ${row}`), `${column} ${row} is taken before ${JSON.stringify(properties)}`);
          taken.add(`${column} ${row}`);
        }
      }
    }
    assert.equal(taken.size, 24 * (4 + 1 + 3 * 6));
  });

  it("has a point for each minute, because what an hour levels out shows nothing", async () => {
    const periods = widgetsOf(await planOf("prod"), "metric").map(({ properties }) => properties.period);
    assert.deepEqual(new Set(periods), new Set([60]));
  });

  it("is of the stack's own region", async () => {
    const plan = await planOf("dev", {
      config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
    });
    assert.deepEqual(new Set(widgetsOf(plan, "metric").map(({ properties }) => properties.region)), new Set(["eu-central-1"]));
  });
});
