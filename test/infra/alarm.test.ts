import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { alarm, type AlarmSpec } from "../../infra/alarm";
import type { Alerts } from "../../infra/alerts";

const errors = { namespace: "AWS/ApplicationELB", name: "Errors", dimensions: { LoadBalancer: "lb" }, statistic: "Sum" } as const;
const spec: AlarmSpec = {
  description: "Tasks answered with 5xx",
  of: errors,
  threshold: { above: 5 },
  periodSeconds: 60,
  periods: 3,
  missingData: "notBreaching",
};

/** What CloudWatch would be told. */
async function inputsOf(change: Partial<AlarmSpec>): Promise<Record<string, unknown>> {
  const made: Record<string, unknown>[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ name, type, inputs }) => {
      if (type === "aws:cloudwatch/metricAlarm:MetricAlarm") {
        made.push(inputs);
      }
      return { id: name, state: inputs };
    },
    call: ({ inputs }) => inputs,
  }, "accounts", "dev");
  const alerts = { topicArn: pulumi.output("arn:topic") } as Alerts;
  alarm("test", { ...spec, ...change }, alerts, new pulumi.ComponentResource("accounts:test:Parent", "parent"));
  await pulumi.runtime.disconnect();
  assert.equal(made.length, 1);
  return made[0] ?? {};
}

describe("alarm", () => {
  const common = {
    alarmDescription: "Tasks answered with 5xx",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    treatMissingData: "notBreaching",
    alarmActions: ["arn:topic"],
    okActions: ["arn:topic"],
  };
  const metric = { namespace: "AWS/ApplicationELB", metricName: "Errors", dimensions: { LoadBalancer: "lb" }, period: 60 };

  it("of one metric calls somebody, and tells them when it is over", async () => {
    assert.deepEqual(await inputsOf({}), { ...common, ...metric, statistic: "Sum" });
  });

  it("takes a lower bound, fewer periods than it looks at, and another meaning of silence", async () => {
    const inputs = await inputsOf({ threshold: { below: 2 }, ofThem: 2, missingData: "breaching" });
    assert.deepEqual(inputs, {
      ...common, ...metric, statistic: "Sum",
      comparisonOperator: "LessThanThreshold", threshold: 2, datapointsToAlarm: 2, treatMissingData: "breaching",
    });
  });

  it("of a percentile says so in the other field, and nothing while there are too few values for one", async () => {
    assert.deepEqual(await inputsOf({ of: { ...errors, statistic: "p99" } }), {
      ...common, ...metric, extendedStatistic: "p99", evaluateLowSampleCountPercentiles: "ignore",
    });
  });

  it("of a formula puts namespace and period into its metrics, because CloudWatch refuses them beside it", async () => {
    const requests = { ...errors, name: "Requests", statistic: "p90" } as const;
    const of = { expression: "100 * errors / requests", label: "Share of errors, %", metrics: { errors, requests } };
    const query = (id: string, metricName: string, stat: string) =>
      ({ id, metric: { ...metric, metricName, stat }, returnData: false });
    assert.deepEqual(await inputsOf({ of }), {
      ...common,
      metricQueries: [
        { id: "formula", expression: "100 * errors / requests", label: "Share of errors, %", returnData: true },
        query("errors", "Errors", "Sum"),
        query("requests", "Requests", "p90"),
      ],
    });
  });
});
