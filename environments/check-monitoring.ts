import { memoryOf } from "./instance-classes";
import { isBetween, percent, range, type Rule } from "./rule";
import type { Settings } from "./settings";

/** Thresholds that an alarm can reach, and that not every minute reaches. */
export function checkMonitoring({ monitoring, database, loadBalancer, service }: Settings, rule: Rule): void {
  const { instanceClass, storageGiB } = database;
  percent(rule, "monitoring.serverErrorPercent", monitoring.serverErrorPercent);
  range(rule, "monitoring.fewestRequests", monitoring.fewestRequests, 1, 10_000_000);
  range(rule, "monitoring.serverErrors", monitoring.serverErrors, 0, 1_000_000);
  const longest = loadBalancer.idleTimeoutSeconds * 1000;
  rule(isBetween(monitoring.latencyMilliseconds, 1, longest - 1), "monitoring.latencyMilliseconds", monitoring.latencyMilliseconds,
    `1 or more, a whole number, and below ${longest}, for which the load balancer waits for an answer (loadBalancer.idleTimeoutSeconds)`);
  rule(monitoring.taskCpuPercent > service.cpuTargetPercent && monitoring.taskCpuPercent < 100, "monitoring.taskCpuPercent",
    monitoring.taskCpuPercent,
    `above service.cpuTargetPercent (${service.cpuTargetPercent}), around which autoscaling holds the tasks, and below 100`);
  percent(rule, "monitoring.taskMemoryPercent", monitoring.taskMemoryPercent);
  percent(rule, "monitoring.databaseCpuPercent", monitoring.databaseCpuPercent);
  percent(rule, "monitoring.databaseConnectionsPercent", monitoring.databaseConnectionsPercent);
  // A class that is not known is a problem of its own, which check-database.ts names.
  const memoryMiB = (memoryOf(instanceClass) ?? Infinity) * 1024;
  rule(monitoring.freeMemoryMiB > 0 && monitoring.freeMemoryMiB <= memoryMiB / 8, "monitoring.freeMemoryMiB",
    monitoring.freeMemoryMiB, `above 0, and ${memoryMiB / 8} at most: with an eighth of its memory free ` +
    `database.instanceClass (${instanceClass}) is well`);
  rule(monitoring.freeStorageGiB > 0 && monitoring.freeStorageGiB * 10 < storageGiB, "monitoring.freeStorageGiB",
    monitoring.freeStorageGiB, `above 0, and below a tenth of database.storageGiB (${storageGiB}), at which RDS adds to it`);
  range(rule, "monitoring.monthlyBudgetUsd", monitoring.monthlyBudgetUsd, 0, 10_000_000);
}
