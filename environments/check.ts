import { BlockList } from "node:net";

import { fargateSizes } from "./fargate-sizes";
import type { Settings } from "./settings";

/** Seconds between the service's own deadline and ECS's kill, left to write the last log lines. */
export const stopReserveSeconds = 5;

/** Seconds a starting service waits for its database before it ends and says why. */
export const startPatienceSeconds = 60;

/** The periods that CloudWatch Logs offers; source: PutRetentionPolicy in its API reference. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Adds a problem unless the rule holds: what is wrong, the value, and what is allowed. */
type Rule = (holds: boolean, field: string, value: unknown, allowed: string) => void;

/**
 * What AWS would refuse minutes into a `pulumi up`, or accept and then run badly, found before anything starts.
 * One line a problem, empty when all is well.
 */
export function checkEnvironments(environments: Readonly<Record<string, Settings>>): string[] {
  const problems: string[] = [];
  for (const [name, settings] of Object.entries(environments)) {
    const rule: Rule = (holds, field, value, allowed) => {
      if (!holds) {
        problems.push(`environments/${name}.ts: ${field} is ${String(value)}, but must be ${allowed}`);
      }
    };
    checkNetwork(settings, rule);
    checkStorage(settings, rule);
    checkSizes(settings, rule);
    checkHealth(settings, rule);
    checkTimeouts(settings, rule);
  }
  return [...problems, ...overlaps(environments)];
}

function checkNetwork({ network }: Settings, rule: Rule): void {
  rule(isNetworkAddress(network.cidrBlock), "network.cidrBlock", network.cidrBlock,
    "a private /16 such as 10.30.0.0/16: network.ts cuts a /18 out of it for each zone");
}

function checkStorage(settings: Settings, rule: Rule): void {
  const { database, encryption, parameters, image, monitoring, logRetentionDays } = settings;
  range(rule, "encryption.keyDeletionWindowDays", encryption.keyDeletionWindowDays, 7, 30);
  range(rule, "database.storageGiB", database.storageGiB, 20, 65536);
  range(rule, "database.maxStorageGiB", database.maxStorageGiB, 20, 65536);
  rule(database.maxStorageGiB * 10 >= database.storageGiB * 11, "database.maxStorageGiB", database.maxStorageGiB,
    `at least 10 % above database.storageGiB (${database.storageGiB})`);
  range(rule, "database.backupRetentionDays", database.backupRetentionDays, 1, 35);
  range(rule, "database.generation", database.generation, 1, 99);
  const window = parameters.secretRecoveryWindowDays;
  rule(window === 0 || isBetween(window, 7, 30), "parameters.secretRecoveryWindowDays", window, "0, or 7 to 30");
  range(rule, "image.keptImages", image.keptImages, 2, 1000);
  rule(monitoring.freeStorageGiB > 0 && monitoring.freeStorageGiB < database.storageGiB, "monitoring.freeStorageGiB",
    monitoring.freeStorageGiB, `above 0 and below database.storageGiB (${database.storageGiB})`);
  range(rule, "monitoring.serverErrors", monitoring.serverErrors, 0, 1_000_000);
  rule(retentionDays.includes(logRetentionDays), "logRetentionDays", logRetentionDays,
    `one of ${retentionDays.join(", ")}`);
}

function checkSizes({ migration, service }: Settings, rule: Rule): void {
  for (const [part, { cpuUnits, memoryMiB }] of Object.entries({ migration, service })) {
    const memories = fargateSizes[cpuUnits];
    rule(memories !== undefined, `${part}.cpuUnits`, cpuUnits, `one of ${Object.keys(fargateSizes).join(", ")}`);
    rule(memories?.includes(memoryMiB) ?? true, `${part}.memoryMiB`, memoryMiB,
      `one of ${memories?.join(", ")}, which Fargate sells with ${cpuUnits} CPU units`);
  }
  range(rule, "service.minTasks", service.minTasks, 2, 1000);
  range(rule, "service.maxTasks", service.maxTasks, 2, 1000);
  rule(service.maxTasks >= service.minTasks, "service.maxTasks", service.maxTasks,
    `at least service.minTasks (${service.minTasks})`);
  range(rule, "service.cpuTargetPercent", service.cpuTargetPercent, 10, 90);
  range(rule, "service.port", service.port, 1024, 65535);
  range(rule, "service.databasePoolConnections", service.databasePoolConnections, 2, 100);
  range(rule, "service.databaseLaneConnections", service.databaseLaneConnections, 0, 8);
  range(rule, "service.writesPerMinute", service.writesPerMinute, 1, 10_000_000);
  for (const origin of service.corsOrigins) {
    rule(/^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin), "service.corsOrigins", origin,
      "origins such as https://app.example.com, without a path");
  }
  range(rule, "migration.timeoutMinutes", migration.timeoutMinutes, 1, 120);
}

function checkHealth({ loadBalancer: { healthCheck }, service }: Settings, rule: Rule): void {
  range(rule, "loadBalancer.healthCheck.intervalSeconds", healthCheck.intervalSeconds, 5, 300);
  range(rule, "loadBalancer.healthCheck.timeoutSeconds", healthCheck.timeoutSeconds, 2, 120);
  rule(healthCheck.timeoutSeconds < healthCheck.intervalSeconds, "loadBalancer.healthCheck.timeoutSeconds",
    healthCheck.timeoutSeconds, `below its intervalSeconds (${healthCheck.intervalSeconds})`);
  range(rule, "loadBalancer.healthCheck.healthyThreshold", healthCheck.healthyThreshold, 2, 10);
  range(rule, "loadBalancer.healthCheck.unhealthyThreshold", healthCheck.unhealthyThreshold, 2, 10);
  const grace = service.healthCheckGracePeriodSeconds;
  const found = startPatienceSeconds + healthCheck.healthyThreshold * healthCheck.intervalSeconds;
  rule(Number.isInteger(grace) && grace > found, "service.healthCheckGracePeriodSeconds", grace,
    `a whole number above ${found}: so long a task waits for its database and is then found healthy`);
}

/** The order of the timeouts: each one-sided end of a connection must outlast the side that is to give up first. */
function checkTimeouts({ loadBalancer, service: { timeouts } }: Settings, rule: Rule): void {
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

function overlaps(environments: Readonly<Record<string, Settings>>): string[] {
  const blocks = Object.entries(environments)
    .map(([name, { network }]) => ({ name, cidr: network.cidrBlock }))
    .filter(({ cidr }) => isNetworkAddress(cidr));
  return blocks.flatMap((a, i) => blocks.slice(i + 1).filter((b) => contains(a.cidr, b.cidr)).map((b) =>
    `environments/${b.name}.ts: network.cidrBlock is ${b.cidr}, but must not overlap that of ${a.name} (${a.cidr})`));
}

function isNetworkAddress(cidr: string): boolean {
  return /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/.test(cidr) &&
    cidr.split(/[./]/).every((part) => Number(part) <= 255);
}

/** All blocks are /16 when this is asked, so one holds the other's first address or they are disjoint. */
function contains(a: string, b: string): boolean {
  const list = new BlockList();
  list.addSubnet(a.split("/")[0] ?? "", 16, "ipv4");
  return list.check(b.split("/")[0] ?? "", "ipv4");
}

function range(rule: Rule, field: string, value: number, from: number, to: number): void {
  rule(isBetween(value, from, to), field, value, `${from} to ${to}, a whole number`);
}

function isBetween(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}
