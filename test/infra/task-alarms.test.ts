import * as assert from "node:assert/strict";

import { dimensionsOf, inARow, kindsOf, query, watched } from "../alarms";
import { planOf } from "../example/plans";

const runbook = (heading: string) => `What to do: docs/operations.md, ${heading}`;

for (const [stack, minTasks, usePercent] of [["dev", 2, 90], ["prod", 3, 85]] as const) {
  describe(`the alarms about the tasks of ${stack}`, () => {
    const counts = {
      namespace: "AWS/ApplicationELB",
      statistic: "Minimum",
      period: 60,
      ...inARow(3),
    };

    it("tell of one that stays unhealthy, longer than ECS needs to replace it", async () => {
      const plan = await planOf(stack);
      assert.deepEqual(watched(plan, "unhealthy-tasks"), {
        alarmDescription: `A task fails its health check, and ECS did not mend it within three minutes. Without data: too-few-tasks tells of tasks that are not there. ${runbook("Tasks are missing or unwell")}`,
        ...counts,
        metricName: "UnHealthyHostCount",
        dimensions: dimensionsOf(plan).targets,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        treatMissingData: "notBreaching",
      });
    });

    it("tell when there are fewer than the least; the load balancer is silent when there is none", async () => {
      const plan = await planOf(stack);
      assert.deepEqual(watched(plan, "too-few-tasks"), {
        alarmDescription: `Fewer than ${minTasks} tasks are healthy. Without data: the load balancer has no task at all. ${runbook("Tasks are missing or unwell")}`,
        ...counts,
        metricName: "HealthyHostCount",
        dimensions: dimensionsOf(plan).targets,
        comparisonOperator: "LessThanThreshold",
        threshold: minTasks,
        treatMissingData: "breaching",
      });
    });

    const uses: [kind: string, metricName: string, says: string, silence: string, treatMissingData: string][] = [
      [
        "task-cpu", "CPUUtilization",
        `The tasks use more than ${usePercent} % of their CPU, and scaling did not mend it`,
        "no task runs", "breaching",
      ],
      [
        "task-memory", "MemoryUtilization",
        `The tasks use more than ${usePercent} % of their memory; ECS kills those that need all of it`,
        "task-cpu tells that no task runs", "missing",
      ],
    ];
    for (const [kind, metricName, says, silence, treatMissingData] of uses) {
      it(`tell of ${kind}, where silence means that ${silence}`, async () => {
        const plan = await planOf(stack);
        assert.deepEqual(watched(plan, kind), {
          alarmDescription: `${says}. Without data: ${silence}. ${runbook("Tasks are busy")}`,
          namespace: "AWS/ECS",
          metricName,
          dimensions: dimensionsOf(plan).tasks,
          statistic: "Average",
          period: 300,
          comparisonOperator: "GreaterThanThreshold",
          threshold: usePercent,
          ...inARow(3),
          treatMissingData,
        });
      });
    }
  });

  describe(`the alarms about what the service of ${stack} says of itself`, () => {
    const own = { namespace: `accounts/${stack}`, dimensions: {} };

    it("tell of errors, and of a service that does not even say that there are none", async () => {
      assert.deepEqual(watched(await planOf(stack), "service-errors"), {
        alarmDescription: `The service counted more than 10 requests as failed by its own fault. Without data: each task writes a line a minute, so none runs, or its lines are not read. ${runbook("Requests fail")}`,
        ...own,
        metricName: "ServerErrors",
        statistic: "Sum",
        period: 300,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 10,
        ...inARow(1),
        treatMissingData: "breaching",
      });
    });

    it("tell of secrets that cannot be read for a quarter of an hour", async () => {
      assert.deepEqual(watched(await planOf(stack), "secret-failures"), {
        alarmDescription: `Reading secrets from Secrets Manager fails; the service goes on with those it has. Without data: service-errors tells of a service that writes nothing. ${runbook("Secrets cannot be read")}`,
        ...own,
        metricName: "SecretFailures",
        statistic: "Sum",
        period: 300,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        ...inARow(3),
        treatMissingData: "notBreaching",
      });
    });

    it("tell of a pool with a queue, by a percentile of its samples, because one sample may catch a moment", async () => {
      assert.deepEqual(watched(await planOf(stack), "pool-waiting"), {
        alarmDescription: `Requests wait for a connection to the database, at one look in ten. Without data: service-errors tells of a service that writes nothing. ${runbook("Requests are slow")}`,
        ...own,
        metricName: "PoolWaiting",
        extendedStatistic: "p90",
        evaluateLowSampleCountPercentiles: "ignore",
        period: 300,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        ...inARow(3),
        treatMissingData: "notBreaching",
      });
    });
  });
}

describe("the alarm about tasks that are wanted and do not run", () => {
  it("compares what Container Insights counts", async () => {
    const plan = await planOf("prod");
    const { tasks } = dimensionsOf(plan);
    assert.deepEqual(watched(plan, "below-desired"), {
      alarmDescription: `Fewer tasks run than are wanted, for a quarter of an hour. Without data: Container Insights counts as long as the service exists. ${runbook("Tasks are missing or unwell")}`,
      metricQueries: [
        { id: "formula", expression: "desired - running", label: "tasks that do not run", returnData: true },
        query("desired", 300, "ECS/ContainerInsights", "DesiredTaskCount", tasks, "Average"),
        query("running", 300, "ECS/ContainerInsights", "RunningTaskCount", tasks, "Average"),
      ],
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      ...inARow(3),
      treatMissingData: "breaching",
    });
  });

  it("is not there with container insights disabled, as in dev, by which it lives", async () => {
    assert.ok(!kindsOf(await planOf("dev")).includes("below-desired"));
  });

  for (const containerInsights of ["enabled", "enhanced"] as const) {
    it(`is there with container insights ${containerInsights}`, async () => {
      const plan = await planOf("dev", { settings: { cluster: { containerInsights } } });
      assert.ok(kindsOf(plan).includes("below-desired"));
    });
  }
});
