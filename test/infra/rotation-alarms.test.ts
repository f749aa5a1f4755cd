import * as assert from "node:assert/strict";

import { inARow, kindsOf, query, watched } from "../alarms";
import { only, planOf } from "../example/plans";

const runbook = "What to do: docs/operations.md, The password is not renewed";

describe("the alarms about the renewal of the database's password", () => {
  it("tell of a task that could not be started when it was due", async () => {
    const plan = await planOf("prod");
    const group = { ScheduleGroup: only(plan, "aws:scheduler/schedule:Schedule").inputs["groupName"] as string };
    assert.deepEqual(watched(plan, "rotation-start"), {
      alarmDescription: `The renewal of the database's password was due, and its task could not be started. Without data: nothing is due. ${runbook}`,
      metricQueries: [
        { id: "formula", expression: "FILL(refused, 0) + FILL(dropped, 0)", label: "starts that failed", returnData: true },
        query("refused", 300, "AWS/Scheduler", "TargetErrorCount", group, "Sum"),
        query("dropped", 300, "AWS/Scheduler", "InvocationDroppedCount", group, "Sum"),
      ],
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      ...inARow(1),
      treatMissingData: "notBreaching",
    });
  });

  it("tell of a password that is older than the schedule allows, whatever the cause", async () => {
    assert.deepEqual(watched(await planOf("prod"), "password-age"), {
      alarmDescription: "The password of the service's database role is older than 37 days, and the schedule has not renewed it. Without data: service-errors tells of a service that writes nothing. " + runbook,
      namespace: "accounts/prod",
      metricName: "PasswordAge",
      dimensions: {},
      period: 300,
      statistic: "Minimum",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 3_196_800,
      ...inARow(3),
      treatMissingData: "notBreaching",
    });
  });

  it("take the age from the settings", async () => {
    const rotation = { schedule: "cron(0 4 ? * 5 *)", oldestPasswordDays: 9 } as const;
    const plan = await planOf("dev", { settings: { rotation } });
    assert.equal(watched(plan, "password-age")["threshold"], 9 * 86_400);
  });

  it("are not there where no schedule is", async () => {
    assert.deepEqual(kindsOf(await planOf("dev")).filter((kind) => /rotation|password/.test(kind)), []);
  });
});
