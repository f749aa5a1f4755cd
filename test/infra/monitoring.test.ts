import * as assert from "node:assert/strict";

import type { Plan } from "../../offline/render";
import { childrenOf, only, planOf } from "../plans";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const topicType = "aws:sns/topic:Topic";

const alarmsOf = (plan: Plan) => childrenOf(plan, "Monitoring").filter(({ type }) => type === alarmType);

describe("Monitoring", () => {
  const balancer = { LoadBalancer: "app/load-balancer-000000/0" };
  const targets = { ...balancer, TargetGroup: "targetgroup/load-balancer-000000/0" };

  const alarms: Record<string, object> = {
    "unhealthy-tasks": {
      alarmDescription: "A task fails its health check, and ECS did not mend it within five minutes",
      namespace: "AWS/ApplicationELB",
      metricName: "UnHealthyHostCount",
      dimensions: targets,
      statistic: "Minimum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
    },
    "service-errors": {
      alarmDescription: "Tasks answered with 5xx",
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_Target_5XX_Count",
      dimensions: targets,
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 10,
    },
    "balancer-errors": {
      alarmDescription: "The load balancer itself answered with 5xx: no healthy task, a closed connection or a time-out",
      namespace: "AWS/ApplicationELB",
      metricName: "HTTPCode_ELB_5XX_Count",
      dimensions: balancer,
      statistic: "Sum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 10,
    },
    "database-storage": {
      alarmDescription: "The database is running out of storage",
      namespace: "AWS/RDS",
      metricName: "FreeStorageSpace",
      dimensions: { DBInstanceIdentifier: "accounts-prod-1" },
      statistic: "Minimum",
      comparisonOperator: "LessThanThreshold",
      threshold: 20 * 1024 ** 3,
    },
  };
  for (const [kind, expected] of Object.entries(alarms)) {
    it(`calls somebody about ${kind}, and tells them when it is over`, async () => {
      const plan = await planOf("prod");
      const topic = only(plan, topicType).state["arn"];
      assert.deepEqual(only(plan, alarmType, `monitoring-${kind}`).inputs, {
        ...expected,
        period: 300,
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        treatMissingData: "notBreaching",
        alarmActions: [topic],
        okActions: [topic],
      });
    });
  }

  it("has no other alarms", async () => {
    const kinds = alarmsOf(await planOf("prod")).map(({ name }) => name.replace("monitoring-", ""));
    assert.deepEqual(kinds.toSorted(), Object.keys(alarms).toSorted());
  });

  it("takes the thresholds from the settings, storage in bytes as RDS reports it", async () => {
    const plan = await planOf("dev", { settings: { monitoring: { serverErrors: 3, freeStorageGiB: 4 } } });
    assert.deepEqual(Object.fromEntries(alarmsOf(plan).map(({ name, inputs }) => [name, inputs["threshold"]])), {
      "monitoring-balancer-errors": 3,
      "monitoring-database-storage": 4_294_967_296,
      "monitoring-service-errors": 3,
      "monitoring-unhealthy-tasks": 0,
    });
  });

  describe("draws a dashboard", () => {
    interface Widget extends Record<"height" | "width" | "x" | "y", number> {
      readonly properties: Record<"region" | "stat" | "title", string> & { readonly metrics: string[][] };
    }

    const widgets = (plan: Plan) => {
      const { dashboardBody } = only(plan, "aws:cloudwatch/dashboard:Dashboard").inputs;
      return (JSON.parse(dashboardBody) as { widgets: Widget[] }).widgets;
    };

    it("under the name of the stack, where the output points to", async () => {
      const plan = await planOf("prod");
      assert.equal(only(plan, "aws:cloudwatch/dashboard:Dashboard").inputs["dashboardName"], "accounts-prod");
      assert.equal(plan.outputs["dashboardUrl"],
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/accounts-prod");
    });

    it("of the load balancer, the tasks and the database of this stack", async () => {
      const lb = ["LoadBalancer", "app/load-balancer-000000/0"];
      const group = [...lb, "TargetGroup", "targetgroup/load-balancer-000000/0"];
      const tasks = ["ClusterName", "accounts-prod", "ServiceName", "accounts-prod-service-000000"];
      const database = ["DBInstanceIdentifier", "accounts-prod-1"];
      const drawn = widgets(await planOf("prod")).map(({ properties: { title, stat, metrics } }) => [title, stat, metrics]);
      assert.deepEqual(drawn, [
        ["Requests and errors", "Sum", [
          ["AWS/ApplicationELB", "RequestCount", ...lb],
          ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", ...group],
          ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", ...lb],
        ]],
        ["Tasks: CPU and memory, %", "Average", [
          ["AWS/ECS", "CPUUtilization", ...tasks],
          ["AWS/ECS", "MemoryUtilization", ...tasks],
        ]],
        ["Database: CPU, %", "Average", [["AWS/RDS", "CPUUtilization", ...database]]],
        ["Time to answer, s, 99 of 100", "p99", [["AWS/ApplicationELB", "TargetResponseTime", ...group]]],
        ["Tasks: healthy and not", "Minimum", [
          ["AWS/ApplicationELB", "HealthyHostCount", ...group],
          ["AWS/ApplicationELB", "UnHealthyHostCount", ...group],
        ]],
        ["Database: connections and free storage", "Average", [
          ["AWS/RDS", "DatabaseConnections", ...database],
          ["AWS/RDS", "FreeStorageSpace", ...database],
        ]],
      ]);
    });

    it("on a grid of 24 units without overlaps, because CloudWatch refuses what lies outside", async () => {
      const cells = widgets(await planOf("prod")).map(({ x, y, width, height }) => ({ x, y, width, height }));
      assert.deepEqual(cells, [0, 6].flatMap((y) => [0, 8, 16].map((x) => ({ x, y, width: 8, height: 6 }))));
    });

    it("of the stack's own region", async () => {
      const plan = await planOf("dev", {
        config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
      });
      assert.deepEqual(new Set(widgets(plan).map(({ properties }) => properties.region)), new Set(["eu-central-1"]));
    });
  });
});
