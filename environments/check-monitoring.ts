import { percent, range, type Rule } from "./rule";
import type { Settings } from "./settings";

/** Thresholds that an alarm can reach, and that not every minute reaches. */
export function checkMonitoring({ monitoring, database: { storageGiB } }: Settings, rule: Rule): void {
  percent(rule, "monitoring.serverErrorPercent", monitoring.serverErrorPercent);
  range(rule, "monitoring.fewestRequests", monitoring.fewestRequests, 1, 10_000_000);
  range(rule, "monitoring.serverErrors", monitoring.serverErrors, 0, 1_000_000);
  range(rule, "monitoring.latencyMilliseconds", monitoring.latencyMilliseconds, 1, 60_000);
  percent(rule, "monitoring.taskCpuPercent", monitoring.taskCpuPercent);
  percent(rule, "monitoring.taskMemoryPercent", monitoring.taskMemoryPercent);
  percent(rule, "monitoring.databaseCpuPercent", monitoring.databaseCpuPercent);
  percent(rule, "monitoring.databaseConnectionsPercent", monitoring.databaseConnectionsPercent);
  rule(monitoring.freeStorageGiB > 0 && monitoring.freeStorageGiB < storageGiB, "monitoring.freeStorageGiB",
    monitoring.freeStorageGiB, `above 0 and below database.storageGiB (${storageGiB})`);
  range(rule, "monitoring.monthlyBudgetUsd", monitoring.monthlyBudgetUsd, 0, 10_000_000);
}
