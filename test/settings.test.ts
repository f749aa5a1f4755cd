import * as assert from "node:assert/strict";

import { differences } from "./differences";
import { planOf, type Changes } from "./example/plans";
import * as environments from "./example/settings";

/** Tried in dev, or where dev has nothing that it could change in another stack. */
type Effect = readonly [value: unknown, changes: readonly string[], stack?: string];

const parameter = (name: string, value: string) => `parameters-${name}-<hash> insecureValue: "${value}"`;
const port = "service containerDefinitions.service.portMappings.0";
const tracking = "targetTrackingScalingPolicyConfiguration";
const errorShare = (all: string, fewest: number) =>
  `metricQueries.0.expression: "IF(${all} >= ${fewest}, 100 * FILL(errors, 0) / ${all}, 0)"`;
const ofTasks = "FILL(requests, 0)";
const ofBalancer = "(FILL(requests, 0) + FILL(errors, 0))";

/** What an alarm says and looks at by its threshold. */
const threshold = (name: string, value: number) => [`${name} alarmDescription`, `${name} threshold: ${value}`];

/**
 * Settings with another value each, and all that is another one in the plan then. The plans of the stacks would not
 * show it if a setting had no effect, or the effect of another one: both numbers may be the same there.
 */
const effects: Readonly<Record<string, Effect>> = {
  "encryption.keyDeletionWindowDays": [8, ["encryption deletionWindowInDays: 8"]],
  "network.natGateways": ["OnePerAz", [
    "network-2 *: has it", "network-2 *: has it", 'network-private-2 natGatewayId: "network-2-id"',
  ]],
  "network.interfaceEndpoints": [["ecr.dkr", "ecr.api", "ssm", "logs"], ["endpoints-secretsmanager *: has none"], "prod"],
  "network.flowLogs": ["REJECT", ['network-flow-log trafficType: "REJECT"'], "prod"],
  "database.instanceClass": ["db.m7g.large", ['database-1 instanceClass: "db.m7g.large"']],
  "database.storageGiB": [30, ["database-1 allocatedStorage: 30"]],
  "database.maxStorageGiB": [50, ["database-1 maxAllocatedStorage: 50"]],
  "database.multiAz": [true, ["database-1 multiAz: true"]],
  "database.applyImmediately": [false, ["database-1 applyImmediately: false"]],
  "database.backupRetentionDays": [3, ["database-1 backupRetentionPeriod: 3"]],
  "database.backupWindow": ["05:00-05:30", ['database-1 backupWindow: "05:00-05:30"']],
  "database.maintenanceWindow": ["sun:06:00-sun:07:00", ['database-1 maintenanceWindow: "sun:06:00-sun:07:00"']],
  "database.slowStatementMilliseconds": [700, ['database-parameters-18 parameters.log_min_duration_statement.value: "700"']],
  "database.maxConnections": [85, [
    "monitoring dashboardBody.widgets.14.properties.annotations.horizontal.0.value: 85",
    ...threshold("monitoring-database-connections", 68),
    'database-parameters-18 parameters.max_connections.value: "85"',
  ]],
  "database.monitoringIntervalSeconds": [30, ["database-1 monitoringInterval: 30"], "prod"],
  "parameters.secretRecoveryWindowDays": [14, [
    "parameters-api-keys recoveryWindowInDays: 14", "parameters-database recoveryWindowInDays: 14",
  ], "prod"],
  "image.architecture": ["amd64", [
    'migration runtimePlatform.cpuArchitecture: "X86_64"',
    'service runtimePlatform.cpuArchitecture: "X86_64"',
    'image build.platform: "linux/amd64"',
  ]],
  "image.keptImages": [11, [
    'image-lifecycle policy.rules.0.description: "Keep the last 11 images for a rollback"',
    "image-lifecycle policy.rules.0.selection.countNumber: 11",
  ]],
  "loadBalancer.idleTimeoutSeconds": [65, ["load-balancer idleTimeout: 65"]],
  "loadBalancer.deregistrationDelaySeconds": [33, ["load-balancer deregistrationDelay: 33"]],
  "loadBalancer.healthCheck.path": ["/health/live", ['load-balancer healthCheck.path: "/health/live"']],
  "loadBalancer.healthCheck.intervalSeconds": [6, ["load-balancer healthCheck.interval: 6"]],
  "loadBalancer.healthCheck.timeoutSeconds": [3, ["load-balancer healthCheck.timeout: 3"]],
  "loadBalancer.healthCheck.healthyThreshold": [3, ["load-balancer healthCheck.healthyThreshold: 3"]],
  "loadBalancer.healthCheck.unhealthyThreshold": [3, ["load-balancer healthCheck.unhealthyThreshold: 3"]],
  "loadBalancer.accessLogDays": [99, ["load-balancer-logs-lifecycle rules.0.expiration.days: 99"], "prod"],
  "loadBalancer.rollback.errorPercent": [11, [
    ...threshold("load-balancer-rollback-balancer-errors", 11), ...threshold("load-balancer-rollback-target-errors", 11),
  ]],
  "loadBalancer.rollback.fewestRequests": [21, [
    `load-balancer-rollback-balancer-errors ${errorShare(ofBalancer, 21)}`,
    `load-balancer-rollback-target-errors ${errorShare(ofTasks, 21)}`,
  ]],
  "webFirewall.requestsPerFiveMinutes": [1_000, [
    'web-firewall customResponseBodies.0.content.detail: "1000 in five minutes are allowed from one address"',
    "web-firewall rules.requests-by-address.statement.rateBasedStatement.limit: 1000",
  ], "prod"],
  "cluster.containerInsights": ["enabled", ['cluster settings.containerInsights.value: "enabled"'], "prod"],
  "migration.memoryMiB": [1024, ["migration containerDefinitions.migration.memory: 1024", 'migration memory: "1024"']],
  // Stands in no resource: test/infra/migration.test.ts lets the hook run.
  "migration.timeoutMinutes": [20, []],
  "rotation.schedule": ["cron(0 5 ? * 4#1 *)", ['rotation scheduleExpression: "cron(0 5 ? * 4#1 *)"'], "prod"],
  "rotation.oldestPasswordDays": [40, threshold("monitoring-password-age", 40 * 24 * 60 * 60), "prod"],
  "service.port": [3000, [
    "service loadBalancers.0.containerPort: 3000",
    `${port}.containerPort: 3000`,
    `${port}.hostPort: 3000`,
    "load-balancer port: 3000",
    parameter("port", "3000"),
    "firewall-requests-out fromPort: 3000",
    "firewall-requests-out toPort: 3000",
    "firewall-requests-in fromPort: 3000",
    "firewall-requests-in toPort: 3000",
  ]],
  "service.memoryMiB": [1024, ["service containerDefinitions.service.memory: 1024", 'service memory: "1024"']],
  "service.minTasks": [3, [
    "service-scaling minCapacity: 3", ...threshold("monitoring-too-few-tasks", 3), "service desiredCount: 3",
  ]],
  "service.maxTasks": [3, ["service-scaling maxCapacity: 3"]],
  "service.cpuTargetPercent": [55, [`service-scaling-cpu ${tracking}.targetValue: 55`]],
  "service.requestsPerTaskMinute": [3_001, [`service-scaling-requests ${tracking}.targetValue: 3001`]],
  "service.scaleInSeconds": [121, [
    `service-scaling-cpu ${tracking}.scaleInCooldown: 121`, `service-scaling-requests ${tracking}.scaleInCooldown: 121`,
  ]],
  "service.scaleOutSeconds": [31, [
    `service-scaling-cpu ${tracking}.scaleOutCooldown: 31`, `service-scaling-requests ${tracking}.scaleOutCooldown: 31`,
  ]],
  "service.onDemandTasks": [2, ["service capacityProviderStrategies.0.base: 2"]],
  "service.spotPercent": [70, [
    "service capacityProviderStrategies.0.weight: 30", "service capacityProviderStrategies.1.weight: 70",
  ]],
  "service.healthCheckGracePeriodSeconds": [95, ["service healthCheckGracePeriodSeconds: 95"]],
  "service.logLevel": ["warn", [parameter("log-level", "warn")]],
  "service.databasePoolConnections": [5, [parameter("database-pool-connections", "5")]],
  "service.databaseLaneConnections": [1, [parameter("database-lane-connections", "1")]],
  "service.writesPerMinute": [601, [parameter("writes-per-minute", "601")]],
  "service.pagesPerMinute": [301, [parameter("pages-per-minute", "301")]],
  "service.apiPage": [false, [
    "load-balancer-0 routingHttpResponseContentSecurityPolicyHeaderValue: " +
      JSON.stringify("default-src 'none'; frame-ancestors 'none'"),
    parameter("api-page", "false"),
  ]],
  "service.corsOrigins": [["https://a.example.org", "https://b.example.org"], [
    parameter("cors-origins", "https://a.example.org,https://b.example.org"),
  ]],
  "service.timeouts.statementSeconds": [3, [parameter("database-statement-timeout-seconds", "3")]],
  "service.timeouts.requestSeconds": [16, [parameter("request-timeout-seconds", "16")]],
  "service.timeouts.keepAliveSeconds": [75, [parameter("keep-alive-timeout-seconds", "75")]],
  "service.timeouts.drainSeconds": [16, [parameter("drain-seconds", "16")]],
  "service.timeouts.stopSeconds": [70, [
    "service containerDefinitions.service.stopTimeout: 70",
    parameter("stop-timeout-seconds", "70"),
  ]],
  "monitoring.serverErrorPercent": [11, [...threshold("monitoring-balancer-errors", 11), ...threshold("monitoring-error-rate", 11)]],
  "monitoring.fewestRequests": [21, [
    `monitoring-balancer-errors ${errorShare(ofBalancer, 21)}`, `monitoring-error-rate ${errorShare(ofTasks, 21)}`,
  ]],
  "monitoring.serverErrors": [11, threshold("monitoring-service-errors", 11)],
  "monitoring.latencyMilliseconds": [2_001, threshold("monitoring-latency", 2.001)],
  "monitoring.taskCpuPercent": [91, threshold("monitoring-task-cpu", 91)],
  "monitoring.taskMemoryPercent": [92, threshold("monitoring-task-memory", 92)],
  "monitoring.databaseCpuPercent": [93, threshold("monitoring-database-cpu", 93)],
  "monitoring.databaseConnectionsPercent": [70, threshold("monitoring-database-connections", 56)],
  "monitoring.freeMemoryMiB": [51, threshold("monitoring-database-memory", 51 * 1024 ** 2)],
  "monitoring.freeStorageGiB": [1.5, threshold("monitoring-database-storage", 1.5 * 1024 ** 3)],
  "monitoring.monthlyBudgetUsd": [100, ['monitoring-budget limitAmount: "100"'], "prod"],
  "logRetentionDays": [30, [
    "database-1-postgresql-log retentionInDays: 30", "database-1-upgrade-log retentionInDays: 30",
    "migration-log retentionInDays: 30", "service-log retentionInDays: 30",
  ]],
};

/** Those that are not tried alone, by the reason. */
const notAlone: Readonly<Record<string, readonly string[]>> = {
  "keepsData leaves them no other value: test/environments/check.test.ts": [
    "keepsData", "encryption.protect", "database.deletionProtection", "parameters.protect", "image.protect", "image.forceDelete",
    "loadBalancer.deletionProtection",
  ],
  "they refuse a stack, and are in no resource: test/environments/check-stack.test.ts": [
    "loadBalancer.httpsRequired", "monitoring.recipientRequired",
  ],
  "the plans of two stacks are compared without their addresses: test/infra/network.test.ts": ["network.cidrBlock"],
  "Fargate sells it with other memory only: test/infra/service.test.ts, test/infra/migration.test.ts": [
    "service.cpuUnits", "migration.cpuUnits",
  ],
  "dev has none, and so nothing of it": ["webFirewall", "rotation"],
};

/** The paths of an environment's single decisions. */
function decisions(value: unknown, path: readonly string[] = []): string[] {
  return typeof value !== "object" || value === null || Array.isArray(value) ? [path.join(".")]
    : Object.entries(value).flatMap(([key, inner]) => decisions(inner, [...path, key]));
}

/** A change of one setting. */
function changeOf(path: string, value: unknown): Changes["settings"] {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Changes["settings"];
}

describe("a setting", () => {
  it("is looked at here, each of them", () => {
    const known = [...Object.keys(effects), ...Object.values(notAlone).flat()];
    const all = new Set(Object.values(environments).flatMap((settings) => decisions(settings)));
    assert.deepEqual([...all].filter((path) => !known.includes(path)), []);
    assert.deepEqual(known.filter((path) => !all.has(path)), [], "these are no settings any more");
  });

  for (const [path, [value, changes, stack = "dev"]] of Object.entries(effects)) {
    it(`changes what it says and nothing else: ${path}`, async () => {
      const plan = await planOf(stack, { settings: changeOf(path, value) });
      const found = differences(plan, await planOf(stack))
        .map(({ name, path: at, here }) => at === "alarmDescription" ? `${name} ${at}` : `${name} ${at}: ${here}`);
      assert.deepEqual(found, changes);
    });
  }
});
