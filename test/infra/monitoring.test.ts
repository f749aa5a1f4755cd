import * as assert from "node:assert/strict";

import { alarmsOf, kindsOf, watched } from "../alarms";
import { only, planOf } from "../example/plans";

const always = [
  "balancer-errors", "database-connections", "database-cpu", "database-memory", "database-storage", "error-rate",
  "events-lost", "latency", "pool-waiting", "secret-failures", "service-errors", "task-cpu", "task-memory",
  "too-few-tasks", "transaction-ids", "unhealthy-tasks",
];

describe("Monitoring", () => {
  for (const [stack, kinds] of [["dev", always], ["prod", [...always, "below-desired", "certificate", "password-age", "rotation-start"]]] as const) {
    describe(`of ${stack}`, () => {
      it("has these alarms and no others", async () => {
        assert.deepEqual(kindsOf(await planOf(stack)).toSorted(), kinds.toSorted());
      });

      it("calls somebody at each alarm, and tells them when it is over", async () => {
        const plan = await planOf(stack);
        const topic = only(plan, "aws:sns/topic:Topic").state["arn"];
        for (const { name, inputs } of alarmsOf(plan)) {
          const { alarmActions, okActions, actionsEnabled = true } = inputs;
          assert.deepEqual({ alarmActions, okActions, actionsEnabled }, {
            alarmActions: [topic], okActions: [topic], actionsEnabled: true,
          }, name);
        }
      });

      it("has a mail that CloudWatch takes for each: 1,024 characters at most", async () => {
        const plan = await planOf(stack);
        for (const { name, inputs } of alarmsOf(plan)) {
          const { length } = inputs["alarmDescription"] as string;
          assert.ok(length > 0 && length <= 1024, `${name}: ${length}`);
        }
      });
    });
  }

  it("takes each threshold from the settings", async () => {
    const plan = await planOf("dev", {
      settings: {
        service: { minTasks: 4 },
        database: { instanceClass: "db.m7g.xlarge", storageGiB: 50, maxStorageGiB: 60, maxConnections: 500 },
        monitoring: {
          serverErrorPercent: 4, fewestRequests: 7, serverErrors: 3, latencyMilliseconds: 250, taskCpuPercent: 71,
          taskMemoryPercent: 72, databaseCpuPercent: 73, databaseConnectionsPercent: 75, freeMemoryMiB: 512,
          freeStorageGiB: 4,
        },
      },
    });
    const thresholds = Object.fromEntries(kindsOf(plan).map((kind) => [kind, watched(plan, kind)["threshold"]]));
    assert.deepEqual(thresholds, {
      "balancer-errors": 4,
      "database-connections": 375,
      "database-cpu": 73,
      "database-memory": 536_870_912,
      "database-storage": 4_294_967_296,
      "error-rate": 4,
      "events-lost": 0,
      latency: 0.25,
      "pool-waiting": 0,
      "secret-failures": 0,
      "service-errors": 3,
      "task-cpu": 71,
      "task-memory": 72,
      "too-few-tasks": 4,
      "transaction-ids": 1_000_000_000,
      "unhealthy-tasks": 0,
    });
    for (const kind of ["balancer-errors", "error-rate"]) {
      assert.match(JSON.stringify(watched(plan, kind)["metricQueries"]), />= 7,/, kind);
    }
  });

  it("points to the dashboard under the name of the stack", async () => {
    const plan = await planOf("prod");
    assert.equal(only(plan, "aws:cloudwatch/dashboard:Dashboard").inputs["dashboardName"], "accounts-prod");
    assert.equal(plan.outputs["dashboardUrl"],
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/accounts-prod");
  });
});
