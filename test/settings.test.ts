import * as assert from "node:assert/strict";

import { differences } from "./differences";
import { planOf, type Changes } from "./example/plans";
import * as environments from "./example/settings";

type Effect = readonly [value: unknown, changes: readonly string[]];

const parameter = (name: string, value: string) => `parameters-${name}-<hash> insecureValue: "${value}"`;
const port = "service containerDefinitions.service.portMappings.0";
const tracking = "targetTrackingScalingPolicyConfiguration";

/**
 * Settings that all environments have alike, each with another value, and all that is another one in the plan then. The
 * plans of the stacks would not show it if such a setting had no effect: a number of the program's would be the same.
 */
const effects: Readonly<Record<string, Effect>> = {
  "database.backupWindow": ["05:00-05:30", ['database-1 backupWindow: "05:00-05:30"']],
  "database.maintenanceWindow": ["sun:06:00-sun:07:00", ['database-1 maintenanceWindow: "sun:06:00-sun:07:00"']],
  "database.slowStatementMilliseconds": [700, ['database-parameters-18 parameters.log_min_duration_statement.value: "700"']],
  "image.architecture": ["amd64", [
    'migration runtimePlatform.cpuArchitecture: "X86_64"',
    'service runtimePlatform.cpuArchitecture: "X86_64"',
    'image build.platform: "linux/amd64"',
  ]],
  "loadBalancer.idleTimeoutSeconds": [65, ["load-balancer idleTimeout: 65"]],
  "loadBalancer.deregistrationDelaySeconds": [33, ["load-balancer deregistrationDelay: 33"]],
  "loadBalancer.healthCheck.path": ["/health/live", ['load-balancer healthCheck.path: "/health/live"']],
  "loadBalancer.healthCheck.intervalSeconds": [6, ["load-balancer healthCheck.interval: 6"]],
  "loadBalancer.healthCheck.timeoutSeconds": [3, ["load-balancer healthCheck.timeout: 3"]],
  "loadBalancer.healthCheck.healthyThreshold": [3, ["load-balancer healthCheck.healthyThreshold: 3"]],
  "loadBalancer.healthCheck.unhealthyThreshold": [3, ["load-balancer healthCheck.unhealthyThreshold: 3"]],
  // Stands in no resource: test/infra/migration.test.ts lets the hook run.
  "migration.timeoutMinutes": [20, []],
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
  "service.cpuTargetPercent": [55, [`service-scaling-cpu ${tracking}.targetValue: 55`]],
  "service.healthCheckGracePeriodSeconds": [95, ["service healthCheckGracePeriodSeconds: 95"]],
  "service.databaseLaneConnections": [1, [parameter("database-lane-connections", "1")]],
  "service.corsOrigins": [["https://app.example.org"], [parameter("cors-origins", "https://app.example.org")]],
  "service.timeouts.statementSeconds": [3, [parameter("database-statement-timeout-seconds", "3")]],
  "service.timeouts.requestSeconds": [16, [parameter("request-timeout-seconds", "16")]],
  "service.timeouts.keepAliveSeconds": [75, [parameter("keep-alive-timeout-seconds", "75")]],
  "service.timeouts.drainSeconds": [16, [parameter("drain-seconds", "16")]],
  "service.timeouts.stopSeconds": [70, [
    "service containerDefinitions.service.stopTimeout: 70",
    parameter("stop-timeout-seconds", "70"),
  ]],
  "monitoring.serverErrors": [11, ["monitoring-service-errors alarmDescription", "monitoring-service-errors threshold: 11"]],
  "monitoring.databaseConnectionsPercent": [70, [
    "monitoring-database-connections alarmDescription", "monitoring-database-connections threshold: 56",
  ]],
};

/** The single decisions of an environment by their paths, each as JSON. */
function decisions(value: unknown, path: readonly string[] = []): [path: string, value: string][] {
  return typeof value !== "object" || value === null || Array.isArray(value) ? [[path.join("."), JSON.stringify(value)]]
    : Object.entries(value).flatMap(([key, inner]) => decisions(inner, [...path, key]));
}

/** A change of one setting. */
function changeOf(path: string, value: unknown): Changes["settings"] {
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Changes["settings"];
}

describe("a setting that environments have alike", () => {
  it("is looked at here, each of them", () => {
    const [first = [], ...others] = Object.values(environments).map((settings) => decisions(settings));
    const alike = first.filter(([path, value]) => others.every((other) => new Map(other).get(path) === value));
    assert.deepEqual(alike.map(([path]) => path).filter((path) => !(path in effects)), []);
  });

  for (const [path, [value, changes]] of Object.entries(effects)) {
    it(`changes what it says and nothing else: ${path}`, async () => {
      const plan = await planOf("dev", { settings: changeOf(path, value) });
      const found = differences(plan, await planOf("dev"))
        .map(({ name, path: at, here }) => at === "alarmDescription" ? `${name} ${at}` : `${name} ${at}: ${here}`);
      assert.deepEqual(found, changes);
    });
  }
});
