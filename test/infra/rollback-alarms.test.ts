import * as assert from "node:assert/strict";

import { only, planOf } from "../example/plans";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

describe("rollbackAlarms", () => {
  const limits: [stack: string, errorPercent: number, fewestRequests: number][] = [["dev", 10, 20], ["prod", 5, 50]];
  for (const [stack, percent, fewest] of limits) {
    const balancer = { LoadBalancer: "app/load-balancer-000000/0" };
    const targets = { ...balancer, TargetGroup: "targetgroup/load-balancer-000000/0" };
    const kinds: [kind: string, who: string, label: string, errors: string, of: object, expression: string][] = [
      ["target-errors", "Tasks", "Errors of tasks, %", "HTTPCode_Target_5XX_Count", targets,
        `IF(FILL(requests, 0) >= ${fewest}, 100 * FILL(errors, 0) / FILL(requests, 0), 0)`],
      ["balancer-errors", "The load balancer", "Errors of the load balancer, %", "HTTPCode_ELB_5XX_Count", balancer,
        `IF((FILL(requests, 0) + FILL(errors, 0)) >= ${fewest}, 100 * FILL(errors, 0) / (FILL(requests, 0) + FILL(errors, 0)), 0)`],
    ];
    for (const [kind, who, label, errors, dimensions, expression] of kinds) {
      it(`ring in ${stack} when ${who.toLowerCase()} answered more than ${percent} % with 5xx, two minutes of three`, async () => {
        const plan = await planOf(stack);
        const topic = only(plan, "aws:sns/topic:Topic").state["arn"];
        const query = (id: string, metricName: string) => ({
          id,
          metric: { namespace: "AWS/ApplicationELB", metricName, dimensions, period: 60, stat: "Sum" },
          returnData: false,
        });
        assert.deepEqual(only(plan, alarmType, `load-balancer-rollback-${kind}`).inputs, {
          alarmDescription: `${who} answered more than ${percent} % of requests with 5xx; a deployment under way is taken back. What to do: docs/operations.md, Requests fail`,
          metricQueries: [
            { id: "formula", expression, label, returnData: true },
            query("errors", errors),
            query("requests", "RequestCount"),
          ],
          comparisonOperator: "GreaterThanThreshold",
          threshold: percent,
          evaluationPeriods: 3,
          datapointsToAlarm: 2,
          treatMissingData: "notBreaching",
          alarmActions: [topic],
          okActions: [topic],
        });
      });
    }
  }
});
