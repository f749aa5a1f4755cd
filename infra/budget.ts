import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import { costTags } from "./names";

export interface BudgetArgs {
  readonly monthlyBudgetUsd: number;
  /** Empty for nobody. */
  readonly alarmEmail: string;
}

/** What the stack may cost a month. It tells by mail: AWS's billing would need rights of its own on topic and key. */
export function budget(name: string, args: BudgetArgs, parent: pulumi.Resource): void {
  const { monthlyBudgetUsd, alarmEmail } = args;
  const notifications = [
    { notificationType: "ACTUAL", threshold: 80 },
    { notificationType: "FORECASTED", threshold: 100 },
  ];
  new aws.budgets.Budget(name, {
    budgetType: "COST",
    timeUnit: "MONTHLY",
    limitAmount: String(monthlyBudgetUsd),
    limitUnit: "USD",
    // Without a filter it would be the account's bill.
    filterExpression: {
      ands: Object.entries(costTags).map(([key, value]) => ({ tags: { key, values: [value] } })),
    },
    metrics: "UnblendedCost",
    notifications: alarmEmail === "" ? [] : notifications.map((notification) => ({
      ...notification,
      comparisonOperator: "GREATER_THAN",
      thresholdType: "PERCENTAGE",
      subscriberEmailAddresses: [alarmEmail],
    })),
  }, { parent });
}
