import { fargateSizes } from "./fargate-sizes";
import { isBetween, percent, range, type Rule } from "./rule";
import type { Settings } from "./settings";

/** Seconds between the service's own deadline and ECS's kill, left to write the last log lines. */
export const stopReserveSeconds = 5;

/** Seconds a starting service waits for its database before it ends and says why. */
export const startPatienceSeconds = 60;

export function checkSizes({ migration, service }: Settings, rule: Rule): void {
  for (const [part, { cpuUnits, memoryMiB }] of Object.entries({ migration, service })) {
    const memories = fargateSizes[cpuUnits];
    rule(memories !== undefined, `${part}.cpuUnits`, cpuUnits, `one of ${Object.keys(fargateSizes).join(", ")}`);
    rule(memories?.includes(memoryMiB) ?? true, `${part}.memoryMiB`, memoryMiB,
      `one of ${memories?.join(", ")}, which Fargate sells with ${cpuUnits} CPU units`);
  }
  range(rule, "service.port", service.port, 1024, 65535);
  range(rule, "service.databasePoolConnections", service.databasePoolConnections, 2, 100);
  range(rule, "service.databaseLaneConnections", service.databaseLaneConnections, 0, 8);
  range(rule, "service.writesPerMinute", service.writesPerMinute, 1, 10_000_000);
  range(rule, "service.pagesPerMinute", service.pagesPerMinute, 1, 10_000_000);
  for (const origin of service.corsOrigins) {
    rule(/^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin), "service.corsOrigins", origin,
      "origins such as https://app.example.com, without a path");
  }
  // The start of its task alone takes a minute or two, and more until the rights of a new role take effect.
  range(rule, "migration.timeoutMinutes", migration.timeoutMinutes, 5, 120);
}

export function checkScaling({ service }: Settings, rule: Rule): void {
  range(rule, "service.minTasks", service.minTasks, 2, 1000);
  range(rule, "service.maxTasks", service.maxTasks, 2, 1000);
  rule(service.maxTasks >= service.minTasks, "service.maxTasks", service.maxTasks,
    `at least service.minTasks (${service.minTasks})`);
  range(rule, "service.cpuTargetPercent", service.cpuTargetPercent, 10, 90);
  range(rule, "service.requestsPerTaskMinute", service.requestsPerTaskMinute, 1, 10_000_000);
  range(rule, "service.scaleInSeconds", service.scaleInSeconds, 0, 3600);
  range(rule, "service.scaleOutSeconds", service.scaleOutSeconds, 0, 3600);
  range(rule, "service.onDemandTasks", service.onDemandTasks, 0, 1000);
  range(rule, "service.spotPercent", service.spotPercent, 0, 100);
  rule(service.spotPercent < 100 || service.onDemandTasks >= 1, "service.onDemandTasks", service.onDemandTasks,
    "1 or more where service.spotPercent is 100: AWS may take all Spot tasks away at once");
}

export function checkHealth({ loadBalancer: { healthCheck, rollback }, service }: Settings, rule: Rule): void {
  range(rule, "loadBalancer.healthCheck.intervalSeconds", healthCheck.intervalSeconds, 5, 300);
  range(rule, "loadBalancer.healthCheck.timeoutSeconds", healthCheck.timeoutSeconds, 2, 120);
  rule(healthCheck.timeoutSeconds < healthCheck.intervalSeconds, "loadBalancer.healthCheck.timeoutSeconds",
    healthCheck.timeoutSeconds, `below its intervalSeconds (${healthCheck.intervalSeconds})`);
  range(rule, "loadBalancer.healthCheck.healthyThreshold", healthCheck.healthyThreshold, 2, 10);
  range(rule, "loadBalancer.healthCheck.unhealthyThreshold", healthCheck.unhealthyThreshold, 2, 10);
  percent(rule, "loadBalancer.rollback.errorPercent", rollback.errorPercent);
  range(rule, "loadBalancer.rollback.fewestRequests", rollback.fewestRequests, 1, 10_000_000);
  const grace = service.healthCheckGracePeriodSeconds;
  const found = startPatienceSeconds + healthCheck.healthyThreshold * healthCheck.intervalSeconds;
  rule(Number.isInteger(grace) && grace > found, "service.healthCheckGracePeriodSeconds", grace,
    `a whole number above ${found}: so long a task waits for its database and is then found healthy`);
}

/** The order of the timeouts: each one-sided end of a connection must outlast the side that is to give up first. */
export function checkTimeouts({ loadBalancer, service: { timeouts } }: Settings, rule: Rule): void {
  const { idleTimeoutSeconds: idle, deregistrationDelaySeconds: deregistration, healthCheck } = loadBalancer;
  range(rule, "loadBalancer.idleTimeoutSeconds", idle, 1, 3999);
  range(rule, "loadBalancer.deregistrationDelaySeconds", deregistration, 0, 3600);
  range(rule, "service.timeouts.statementSeconds", timeouts.statementSeconds, 1, 60);
  range(rule, "service.timeouts.requestSeconds", timeouts.requestSeconds, 2, 115);
  range(rule, "service.timeouts.keepAliveSeconds", timeouts.keepAliveSeconds, 2, 4000);
  range(rule, "service.timeouts.drainSeconds", timeouts.drainSeconds, 1, 110);
  rule(timeouts.requestSeconds > timeouts.statementSeconds, "service.timeouts.requestSeconds", timeouts.requestSeconds,
    `above service.timeouts.statementSeconds (${timeouts.statementSeconds}), or a slow statement has no time to be answered`);
  rule(idle > timeouts.requestSeconds, "loadBalancer.idleTimeoutSeconds", idle,
    `above service.timeouts.requestSeconds (${timeouts.requestSeconds}), or the load balancer answers 504 first`);
  rule(timeouts.keepAliveSeconds > idle, "service.timeouts.keepAliveSeconds", timeouts.keepAliveSeconds,
    `above loadBalancer.idleTimeoutSeconds (${idle}), or requests meet closing connections and end in 502`);
  rule(deregistration >= timeouts.requestSeconds, "loadBalancer.deregistrationDelaySeconds", deregistration,
    `at least service.timeouts.requestSeconds (${timeouts.requestSeconds}), so that open requests can finish`);
  const noticed = healthCheck.unhealthyThreshold * healthCheck.intervalSeconds;
  rule(timeouts.drainSeconds >= noticed, "service.timeouts.drainSeconds", timeouts.drainSeconds,
    `at least the ${noticed} s in which the load balancer notices that a task is not ready`);
  const stop = timeouts.drainSeconds + timeouts.requestSeconds + stopReserveSeconds;
  rule(isBetween(timeouts.stopSeconds, stop, 120), "service.timeouts.stopSeconds", timeouts.stopSeconds,
    `from ${stop} (drain, last request, ${stopReserveSeconds} s reserve) to 120, Fargate's limit`);
}
