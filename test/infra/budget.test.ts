import * as assert from "node:assert/strict";

import { all, only, planOf } from "../example/plans";

const budgetType = "aws:budgets/budget:Budget";

describe("the budget", () => {
  it("is of the stack's own cost, and tells by mail of what was spent and of what is coming", async () => {
    const plan = await planOf("prod");
    const mail = { comparisonOperator: "GREATER_THAN", thresholdType: "PERCENTAGE", subscriberEmailAddresses: ["oncall@example.com"] };
    assert.deepEqual(only(plan, budgetType).inputs, {
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: "900",
      limitUnit: "USD",
      filterExpression: {
        ands: [{ tags: { key: "Project", values: ["accounts"] } }, { tags: { key: "Stack", values: ["prod"] } }],
      },
      metrics: "UnblendedCost",
      notifications: [
        { ...mail, notificationType: "ACTUAL", threshold: 80 },
        { ...mail, notificationType: "FORECASTED", threshold: 100 },
      ],
    });
  });

  it("counts by tags that every resource has, or it would be of nothing", async () => {
    const plan = await planOf("prod");
    const { defaultTags } = only(plan, "pulumi:providers:aws").inputs;
    const { tags } = JSON.parse(defaultTags) as { tags: Record<string, string> };
    for (const { tags: { key, values } } of only(plan, budgetType).inputs["filterExpression"].ands) {
      assert.deepEqual(values, [tags[key]], key);
    }
  });

  it("is not there without an amount", async () => {
    assert.deepEqual(all(await planOf("dev"), budgetType), []);
  });

  it("tells nobody where nobody is named, because AWS refuses a notification without a reader", async () => {
    const plan = await planOf("dev", { settings: { monitoring: { monthlyBudgetUsd: 120 } } });
    const { limitAmount, notifications } = only(plan, budgetType).inputs;
    assert.deepEqual({ limitAmount, notifications }, { limitAmount: "120", notifications: [] });
  });
});
