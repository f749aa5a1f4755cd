import * as assert from "node:assert/strict";

import { dimensionsOf, inARow, kindsOf, query, watched } from "../alarms";
import { only, planOf } from "../example/plans";

const runbook = (heading: string) => `What to do: docs/operations.md, ${heading}`;

describe("the alarms about requests", () => {
  for (const [stack, percent, fewest, milliseconds, seconds] of [["dev", 10, 20, 2000, 2], ["prod", 1, 100, 1000, 1]] as const) {
    describe(`of ${stack}`, () => {
      it("compare the tasks' 5xx with the requests they got, because a count says little of a share", async () => {
        const plan = await planOf(stack);
        const { targets } = dimensionsOf(plan);
        assert.deepEqual(watched(plan, "error-rate"), {
          alarmDescription: `More than ${percent} % of the requests were answered with 5xx by the tasks. Without data: nobody asks, so nobody is refused. ${runbook("Requests fail")}`,
          metricQueries: [
            {
              id: "formula",
              expression: `IF(FILL(requests, 0) >= ${fewest}, 100 * FILL(errors, 0) / FILL(requests, 0), 0)`,
              label: "Errors of tasks, %",
              returnData: true,
            },
            query("errors", 300, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", targets, "Sum"),
            query("requests", 300, "AWS/ApplicationELB", "RequestCount", targets, "Sum"),
          ],
          comparisonOperator: "GreaterThanThreshold",
          threshold: percent,
          ...inARow(1),
          treatMissingData: "notBreaching",
        });
      });

      it("count what finds no healthy task among the requests, which the load balancer does not", async () => {
        const plan = await planOf(stack);
        const { balancer } = dimensionsOf(plan);
        const asked = "(FILL(requests, 0) + FILL(errors, 0))";
        assert.deepEqual(watched(plan, "balancer-errors"), {
          alarmDescription: `More than ${percent} % of the requests were answered with 5xx by the load balancer itself: no healthy task, a closed connection or a time-out. Without data: nobody asks, so nobody is refused. ${runbook("Requests fail")}`,
          metricQueries: [
            {
              id: "formula",
              expression: `IF(${asked} >= ${fewest}, 100 * FILL(errors, 0) / ${asked}, 0)`,
              label: "Errors of the load balancer, %",
              returnData: true,
            },
            query("errors", 300, "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, "Sum"),
            query("requests", 300, "AWS/ApplicationELB", "RequestCount", balancer, "Sum"),
          ],
          comparisonOperator: "GreaterThanThreshold",
          threshold: percent,
          ...inARow(1),
          treatMissingData: "notBreaching",
        });
      });

      it("look at the slowest of a hundred, in seconds as the load balancer counts", async () => {
        const plan = await planOf(stack);
        assert.deepEqual(watched(plan, "latency"), {
          alarmDescription: `The slowest of a hundred requests took longer than ${milliseconds} ms. Without data: nobody asks, so nobody waits. ${runbook("Requests are slow")}`,
          namespace: "AWS/ApplicationELB",
          metricName: "TargetResponseTime",
          dimensions: dimensionsOf(plan).targets,
          extendedStatistic: "p99",
          evaluateLowSampleCountPercentiles: "ignore",
          period: 300,
          comparisonOperator: "GreaterThanThreshold",
          threshold: seconds,
          ...inARow(3),
          treatMissingData: "notBreaching",
        });
      });
    });
  }

  it("tell of a certificate that ACM has not renewed, where there is one", async () => {
    const plan = await planOf("prod");
    assert.deepEqual(watched(plan, "certificate"), {
      alarmDescription: `The certificate ends in less than 30 days, and ACM has not renewed it. Without data: ACM reports twice a day, and a day without says nothing new. ${runbook("The certificate ends")}`,
      namespace: "AWS/CertificateManager",
      metricName: "DaysToExpiry",
      dimensions: { CertificateArn: only(plan, "aws:acm/certificate:Certificate").state["arn"] },
      statistic: "Minimum",
      period: 86_400,
      comparisonOperator: "LessThanThreshold",
      threshold: 30,
      ...inARow(1),
      treatMissingData: "missing",
    });
  });

  it("tell of none without a domain", async () => {
    assert.ok(!kindsOf(await planOf("dev")).includes("certificate"));
  });
});
