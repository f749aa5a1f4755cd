import * as assert from "node:assert/strict";

import { environments } from "../../environments";
import { checkEnvironments } from "../../environments/check";
import { fargateSizes } from "../../environments/fargate-sizes";
import { memoryOf } from "../../environments/instance-classes";
import type { Settings } from "../../environments/settings";
import { dev, prod } from "../example/settings";
import { changed, type Change } from "../plans";

type Mistake = readonly [change: Change<Settings>, ...problems: string[]];

const problemsOf = (change: Change<Settings>) => checkEnvironments({ dev: changed(dev, change) });
const problemsOfProd = (change: Change<Settings>) => checkEnvironments({ prod: changed(prod, change) });

/** Another schedule than the one of dev, which has none. */
const rotating = (schedule: `cron(${string})`, oldestPasswordDays = 40): Change<Settings> => ({ rotation: { schedule, oldestPasswordDays } });

/** A database that bears any number of connections that the other rules allow. */
const large = { instanceClass: "db.r7g.16xlarge", maxConnections: 40_000 } as const;

const endpoints = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"] as const;

const toGo = "because keepsData is false: such an environment has to go, and come again, without a question";

/** A title that shows which setting is wrong, and how. */
const shown = (change: Change<Settings>) => JSON.stringify(change).replaceAll('"', "");

/** A whole number just below, just above and between what is allowed. */
const outside = (part: keyof Settings, field: string, from: number, to: number): Mistake[] =>
  [from - 1, to + 1, from + 0.5].map((value) => [{ [part]: { [field]: value } },
    `${part}.${field} is ${value}, but must be ${from} to ${to}, a whole number`]);

const mistakes: Record<string, Mistake[]> = {
  network: [
    ...["10.10.0.0/20", "10.10.1.0/16", "11.10.0.0/16", "172.15.0.0/16", "172.32.0.0/16", "10.256.0.0/16", "10.10.0.0", "anywhere"]
      .map((cidrBlock): Mistake => [{ network: { cidrBlock } },
        `network.cidrBlock is ${cidrBlock}, but must be a private /16 such as 10.30.0.0/16: network.ts cuts a /18 out of it for each zone`]),
    [{ network: { interfaceEndpoints: ["ssm", "ssm"] } }, "network.interfaceEndpoints is [ssm, ssm], but must be each of them once"],
    ...(["ecr.api", "ecr.dkr"] as const).map((one): Mistake => [{ network: { interfaceEndpoints: [one] } },
      `network.interfaceEndpoints is [${one}], but must be with both of ecr.api and ecr.dkr, or with neither: pulling an image asks both`]),
    ...[[], endpoints.slice(0, 4), endpoints.slice(2)].map((some): Mistake => [
      { network: { natGateways: "None", interfaceEndpoints: some } },
      `network.interfaceEndpoints is [${some.join(", ")}], but must be [ecr.api, ecr.dkr, logs, secretsmanager, ssm] ` +
      "where network.natGateways is None: a task reaches AWS in no other way"]),
    ...[9, 2_000_000_001, 10.5].map((requestsPerFiveMinutes): Mistake => [{ webFirewall: { requestsPerFiveMinutes } },
      `webFirewall.requestsPerFiveMinutes is ${requestsPerFiveMinutes}, but must be 10 to 2000000000, a whole number`]),
  ],
  storage: [
    [{ encryption: { keyDeletionWindowDays: 6 } }, "encryption.keyDeletionWindowDays is 6, but must be 7 to 30, a whole number"],
    [{ encryption: { keyDeletionWindowDays: 31 } }, "encryption.keyDeletionWindowDays is 31, but must be 7 to 30, a whole number"],
    [{ encryption: { keyDeletionWindowDays: 7.5 } }, "encryption.keyDeletionWindowDays is 7.5, but must be 7 to 30, a whole number"],
    [{ loadBalancer: { accessLogDays: -1 } }, "loadBalancer.accessLogDays is -1, but must be 0 to 3653, a whole number"],
    [{ loadBalancer: { accessLogDays: 3654 } }, "loadBalancer.accessLogDays is 3654, but must be 0 to 3653, a whole number"],
    [{ database: { storageGiB: 19 } }, "database.storageGiB is 19, but must be 20 to 65536, a whole number"],
    [{ database: { storageGiB: 20.5 } }, "database.storageGiB is 20.5, but must be 20 to 65536, a whole number"],
    [{ database: { maxStorageGiB: 65537 } }, "database.maxStorageGiB is 65537, but must be 20 to 65536, a whole number"],
    [{ database: { maxStorageGiB: 21 } }, "database.maxStorageGiB is 21, but must be at least 10 % above database.storageGiB (20)"],
    [{ database: { backupRetentionDays: 0 } }, "database.backupRetentionDays is 0, but must be 1 to 35, a whole number"],
    [{ database: { backupRetentionDays: 36 } }, "database.backupRetentionDays is 36, but must be 1 to 35, a whole number"],
    ...[6, 31, -1].map((secretRecoveryWindowDays): Mistake => [{ parameters: { secretRecoveryWindowDays } },
      `parameters.secretRecoveryWindowDays is ${secretRecoveryWindowDays}, but must be 0, or 7 to 30`,
      `parameters.secretRecoveryWindowDays is ${secretRecoveryWindowDays}, but must be 0, ${toGo}`]),
    [{ image: { keptImages: 1 } }, "image.keptImages is 1, but must be 2 to 1000, a whole number"],
    [{ image: { keptImages: 1001 } }, "image.keptImages is 1001, but must be 2 to 1000, a whole number"],
    [{ logRetentionDays: 15 },
      "logRetentionDays is 15, but must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, " +
      "1827, 2192, 2557, 2922, 3288, 3653"],
  ],
  database: [
    ...[0, 60_001, 1.5].map((slowStatementMilliseconds): Mistake => [
      {
        database: { slowStatementMilliseconds },
        service: { timeouts: { statementSeconds: 61, requestSeconds: 62 } },
        loadBalancer: { idleTimeoutSeconds: 63, deregistrationDelaySeconds: 62 },
      },
      `database.slowStatementMilliseconds is ${slowStatementMilliseconds}, but must be 1 to 60000, a whole number`,
      "service.timeouts.statementSeconds is 61, but must be 1 to 60, a whole number",
      "service.timeouts.stopSeconds is 60, but must be from 82 (drain, last request, 5 s reserve) to 120, Fargate's limit"]),
    [{ database: { slowStatementMilliseconds: 2_000 } },
      "database.slowStatementMilliseconds is 2000, but must be below service.timeouts.statementSeconds (2), " +
      "or no statement of the service lasts so long"],
    [{ database: { maxConnections: 65 } },
      "database.maxConnections is 65, but must be a whole number from 66: 8 tasks in a deployment with 6 each, " +
      "3 of a migration, 15 in reserve"],
    [{ database: { maxConnections: 66.5 } },
      "database.maxConnections is 66.5, but must be a whole number from 66: 8 tasks in a deployment with 6 each, " +
      "3 of a migration, 15 in reserve"],
    [{ service: { databasePoolConnections: 8 } },
      "database.maxConnections is 80, but must be a whole number from 98: 8 tasks in a deployment with 10 each, " +
      "3 of a migration, 15 in reserve"],
    [{ service: { databaseLaneConnections: 4 } },
      "database.maxConnections is 80, but must be a whole number from 82: 8 tasks in a deployment with 8 each, " +
      "3 of a migration, 15 in reserve"],
    [{ service: { maxTasks: 6 } },
      "database.maxConnections is 80, but must be a whole number from 90: 12 tasks in a deployment with 6 each, " +
      "3 of a migration, 15 in reserve"],
    [{ database: { maxConnections: 91 } },
      "database.maxConnections is 91, but must be 90 at most, which the memory of database.instanceClass (db.t4g.micro) bears"],
    ...(["db.t4g.tiny", "db.x9z.large"] as const).map((instanceClass): Mistake => [{ database: { instanceClass } },
      `database.instanceClass is ${instanceClass}, but must be a class of environments/instance-classes.ts, ` +
      "by whose memory the connections are counted: add it there"]),
    ...(["02:00-02:29", "02:00-02:00", "2:00-2:30", "24:00-24:30", "02:00-02:60", "02:00-"] as const)
      .map((backupWindow): Mistake => [{ database: { backupWindow } },
        `database.backupWindow is ${backupWindow}, but must be 30 minutes or more in UTC, such as 02:00-02:30`]),
    ...(["tue:03:00-tue:03:29", "tue:03:00-tue:03:00", "03:00-04:00", "die:03:00-die:04:00", "Tue:03:00-Tue:04:00"] as const)
      .map((maintenanceWindow): Mistake => [{ database: { maintenanceWindow } },
        `database.maintenanceWindow is ${maintenanceWindow}, but must be 30 minutes to 24 hours in UTC, such as tue:03:00-tue:04:00`]),
    [{ database: { maintenanceWindow: "tue:03:00-wed:03:01" } },
      "database.maintenanceWindow is tue:03:00-wed:03:01, but must be 30 minutes to 24 hours in UTC, such as tue:03:00-tue:04:00",
      "database.maintenanceWindow is tue:03:00-wed:03:01, but must be outside of database.backupWindow (02:00-02:30), which RDS demands"],
    ...(["tue:02:29-tue:03:00", "tue:01:30-tue:02:01", "mon:12:00-tue:12:00"] as const)
      .map((maintenanceWindow): Mistake => [{ database: { maintenanceWindow } },
        `database.maintenanceWindow is ${maintenanceWindow}, but must be outside of database.backupWindow (02:00-02:30), which RDS demands`]),
    ...([
      "cron(0 3 ? * 4#1)", "cron(0 3 * * 4 *)", "cron(0 3 ? * ? *)", "cron(*/5 3 ? * 4 *)", "cron(0 24 ? * 4 *)", "cron(60 3 ? * 4 *)",
      "cron()",
    ] as const).map((schedule): Mistake => [rotating(schedule),
      `rotation.schedule is ${schedule}, but must be six fields with a fixed minute and hour, such as cron(0 3 ? * 4#1 *)`]),
    ...(["cron(0 3 ? * 3 *)", "cron(59 3 ? * TUE *)", "cron(30 3 ? * 3#2 *)", "cron(0 3 1 * ? *)", "cron(0 3 ? * MON-FRI *)"] as const)
      .map((schedule): Mistake => [rotating(schedule),
        `rotation.schedule is ${schedule}, but must be outside of database.maintenanceWindow, in which the database may not answer`]),
    [rotating("cron(29 2 ? * 4 *)"),
      "rotation.schedule is cron(29 2 ? * 4 *), but must be outside of database.backupWindow, in which the database may not answer"],
    ...([
      ["cron(0 3 ? * 4#1 *)", 35], ["cron(0 3 1 * ? *)", 31], ["cron(0 3 ? * THU *)", 7], ["cron(0 1 ? * * *)", 1], ["cron(0 1 * * ? *)", 1],
    ] as const).map(([schedule, wait]): Mistake => [{ database: { maintenanceWindow: "tue:05:00-tue:06:00" }, ...rotating(schedule, wait) },
      `rotation.oldestPasswordDays is ${wait}, but must be ${wait + 1} to 400, a whole number: up to ${wait} days pass from one turn of rotation.schedule (${schedule}) to the next`]),
    ...[401, 40.5].map((days): Mistake => [rotating("cron(0 4 ? * 4#1 *)", days),
      `rotation.oldestPasswordDays is ${days}, but must be 36 to 400, a whole number: up to 35 days pass from one turn of rotation.schedule (cron(0 4 ? * 4#1 *)) to the next`]),
  ],
  monitoring: [
    ...(["serverErrorPercent", "taskMemoryPercent", "databaseCpuPercent", "databaseConnectionsPercent"] as const)
      .flatMap((field) => [0, 100].map((value): Mistake => [{ monitoring: { [field]: value } },
        `monitoring.${field} is ${value}, but must be above 0 and below 100`])),
    ...[60, 100].map((taskCpuPercent): Mistake => [{ monitoring: { taskCpuPercent } },
      `monitoring.taskCpuPercent is ${taskCpuPercent}, but must be above service.cpuTargetPercent (60), around which autoscaling ` +
      "holds the tasks, and below 100"]),
    ...outside("monitoring", "fewestRequests", 1, 10_000_000),
    ...outside("monitoring", "serverErrors", 0, 1_000_000),
    ...[0, 60_000, 1.5].map((latencyMilliseconds): Mistake => [{ monitoring: { latencyMilliseconds } },
      `monitoring.latencyMilliseconds is ${latencyMilliseconds}, but must be 1 or more, a whole number, and below 60000, for which ` +
      "the load balancer waits for an answer (loadBalancer.idleTimeoutSeconds)"]),
    ...outside("monitoring", "monthlyBudgetUsd", 0, 10_000_000),
    ...[0, 129].map((freeMemoryMiB): Mistake => [{ monitoring: { freeMemoryMiB } },
      `monitoring.freeMemoryMiB is ${freeMemoryMiB}, but must be above 0, and 128 at most: with an eighth of its memory free database.instanceClass (db.t4g.micro) is well`]),
    ...[0, 2].map((freeStorageGiB): Mistake => [{ monitoring: { freeStorageGiB } },
      `monitoring.freeStorageGiB is ${freeStorageGiB}, but must be above 0, and below a tenth of database.storageGiB (20), at which RDS adds to it`]),
  ],
  sizes: [
    ...(["migration", "service"] as const).flatMap((part): Mistake[] => [
      [{ [part]: { cpuUnits: 300 } }, `${part}.cpuUnits is 300, but must be one of 256, 512, 1024, 2048, 4096, 8192, 16384`],
      [{ [part]: { memoryMiB: 4096 } },
        `${part}.memoryMiB is 4096, but must be one of 512, 1024, 2048, which Fargate sells with 256 CPU units`],
    ]),
    ...outside("service", "requestsPerTaskMinute", 1, 10_000_000),
    ...outside("service", "scaleInSeconds", 0, 3600),
    ...outside("service", "scaleOutSeconds", 0, 3600),
    ...[-1, 1001, 1.5].map((onDemandTasks): Mistake => [{ service: { onDemandTasks, spotPercent: 50 } },
      `service.onDemandTasks is ${onDemandTasks}, but must be 0 to 1000, a whole number`]),
    ...[-1, 101, 50.5].map((spotPercent): Mistake => [{ service: { spotPercent } },
      `service.spotPercent is ${spotPercent}, but must be 0 to 100, a whole number`]),
    [{ service: { onDemandTasks: 0 } },
      "service.onDemandTasks is 0, but must be 1 or more where service.spotPercent is 100: AWS may take all Spot tasks away at once"],
    [{ service: { minTasks: 1 } }, "service.minTasks is 1, but must be 2 to 1000, a whole number"],
    [{ service: { minTasks: 2.5 } }, "service.minTasks is 2.5, but must be 2 to 1000, a whole number"],
    [{ service: { minTasks: 4, maxTasks: 3 } }, "service.maxTasks is 3, but must be at least service.minTasks (4)"],
    [{ service: { maxTasks: 4.5 } }, "service.maxTasks is 4.5, but must be 2 to 1000, a whole number"],
    [{ service: { cpuTargetPercent: 9 } }, "service.cpuTargetPercent is 9, but must be 10 to 90, a whole number"],
    [{ service: { cpuTargetPercent: 91 }, monitoring: { taskCpuPercent: 95 } }, "service.cpuTargetPercent is 91, but must be 10 to 90, a whole number"],
    [{ service: { port: 80 } }, "service.port is 80, but must be 1024 to 65535, a whole number"],
    [{ service: { port: 65536 } }, "service.port is 65536, but must be 1024 to 65535, a whole number"],
    [{ service: { maxTasks: 1001 }, database: large }, "service.maxTasks is 1001, but must be 2 to 1000, a whole number"],
    [{ service: { databasePoolConnections: 1 } }, "service.databasePoolConnections is 1, but must be 2 to 100, a whole number"],
    [{ service: { databasePoolConnections: 101 }, database: large }, "service.databasePoolConnections is 101, but must be 2 to 100, a whole number"],
    [{ service: { databaseLaneConnections: 9 }, database: large }, "service.databaseLaneConnections is 9, but must be 0 to 8, a whole number"],
    [{ service: { writesPerMinute: 0 } }, "service.writesPerMinute is 0, but must be 1 to 10000000, a whole number"],
    [{ service: { pagesPerMinute: 0 } }, "service.pagesPerMinute is 0, but must be 1 to 10000000, a whole number"],
    ...["*", "https://*.example.com", "https://app.example.com/", "https://app.example.com/page", "ftp://app.example.com"].map((origin): Mistake => [
      { service: { corsOrigins: ["https://app.example.com", origin] } },
      `service.corsOrigins is ${origin}, but must be origins such as https://app.example.com, without a path`]),
    ...[0, 4, 121, 7.5].map((timeoutMinutes): Mistake => [{ migration: { timeoutMinutes } },
      `migration.timeoutMinutes is ${timeoutMinutes}, but must be 5 to 120, a whole number`]),
  ],
  "health check": [
    ...[0, 100].map((errorPercent): Mistake => [{ loadBalancer: { rollback: { errorPercent } } },
      `loadBalancer.rollback.errorPercent is ${errorPercent}, but must be above 0 and below 100`]),
    ...[0, 10_000_001, 1.5].map((fewestRequests): Mistake => [{ loadBalancer: { rollback: { fewestRequests } } },
      `loadBalancer.rollback.fewestRequests is ${fewestRequests}, but must be 1 to 10000000, a whole number`]),
    [{ loadBalancer: { healthCheck: { intervalSeconds: 4 } } },
      "loadBalancer.healthCheck.intervalSeconds is 4, but must be 5 to 300, a whole number"],
    [{ loadBalancer: { healthCheck: { timeoutSeconds: 1 } } },
      "loadBalancer.healthCheck.timeoutSeconds is 1, but must be 2 to 120, a whole number"],
    [{ loadBalancer: { healthCheck: { timeoutSeconds: 5 } } },
      "loadBalancer.healthCheck.timeoutSeconds is 5, but must be below its intervalSeconds (5)"],
    [{ loadBalancer: { healthCheck: { healthyThreshold: 1 } } },
      "loadBalancer.healthCheck.healthyThreshold is 1, but must be 2 to 10, a whole number"],
    [{ loadBalancer: { healthCheck: { healthyThreshold: 11 } }, service: { healthCheckGracePeriodSeconds: 120 } },
      "loadBalancer.healthCheck.healthyThreshold is 11, but must be 2 to 10, a whole number"],
    [{ loadBalancer: { healthCheck: { unhealthyThreshold: 1 } } },
      "loadBalancer.healthCheck.unhealthyThreshold is 1, but must be 2 to 10, a whole number"],
    ...[70, 90.5].map((healthCheckGracePeriodSeconds): Mistake => [{ service: { healthCheckGracePeriodSeconds } },
      `service.healthCheckGracePeriodSeconds is ${healthCheckGracePeriodSeconds}, but must be a whole number above 70: ` +
      "so long a task waits for its database and is then found healthy"]),
  ],
  timeouts: [
    [{ loadBalancer: { idleTimeoutSeconds: 60.5 } },
      "loadBalancer.idleTimeoutSeconds is 60.5, but must be 1 to 3999, a whole number"],
    [{ service: { timeouts: { keepAliveSeconds: 4001 } } },
      "service.timeouts.keepAliveSeconds is 4001, but must be 2 to 4000, a whole number"],
    [{ service: { timeouts: { drainSeconds: 10.5, stopSeconds: 60 } } },
      "service.timeouts.drainSeconds is 10.5, but must be 1 to 110, a whole number"],
    [{ loadBalancer: { idleTimeoutSeconds: 120, deregistrationDelaySeconds: 120 },
      service: { timeouts: { requestSeconds: 116, keepAliveSeconds: 125 } } },
    "service.timeouts.requestSeconds is 116, but must be 2 to 115, a whole number",
    "service.timeouts.stopSeconds is 60, but must be from 136 (drain, last request, 5 s reserve) to 120, Fargate's limit"],
    [{ loadBalancer: { deregistrationDelaySeconds: 3601 } },
      "loadBalancer.deregistrationDelaySeconds is 3601, but must be 0 to 3600, a whole number"],
    [{ service: { timeouts: { statementSeconds: 0 } } },
      "database.slowStatementMilliseconds is 500, but must be below service.timeouts.statementSeconds (0), " +
      "or no statement of the service lasts so long",
      "service.timeouts.statementSeconds is 0, but must be 1 to 60, a whole number"],
    [{ service: { timeouts: { statementSeconds: 15 } } },
      "service.timeouts.requestSeconds is 15, but must be above service.timeouts.statementSeconds (15), " +
      "or a slow statement has no time to be answered"],
    [{ loadBalancer: { idleTimeoutSeconds: 15 } },
      "loadBalancer.idleTimeoutSeconds is 15, but must be above service.timeouts.requestSeconds (15), " +
      "or the load balancer answers 504 first"],
    [{ service: { timeouts: { keepAliveSeconds: 60 } } },
      "service.timeouts.keepAliveSeconds is 60, but must be above loadBalancer.idleTimeoutSeconds (60), " +
      "or requests meet closing connections and end in 502"],
    [{ loadBalancer: { deregistrationDelaySeconds: 14 } },
      "loadBalancer.deregistrationDelaySeconds is 14, but must be at least service.timeouts.requestSeconds (15), " +
      "so that open requests can finish"],
    [{ service: { timeouts: { drainSeconds: 9 } } },
      "service.timeouts.drainSeconds is 9, but must be at least the 10 s in which the load balancer notices that a task is not ready"],
    [{ service: { timeouts: { stopSeconds: 34 } } },
      "service.timeouts.stopSeconds is 34, but must be from 35 (drain, last request, 5 s reserve) to 120, Fargate's limit"],
    [{ service: { timeouts: { stopSeconds: 121 } } },
      "service.timeouts.stopSeconds is 121, but must be from 35 (drain, last request, 5 s reserve) to 120, Fargate's limit"],
  ],
};

describe("checkEnvironments", () => {
  it("finds nothing wrong with the environments that are shipped", () => {
    assert.deepEqual(checkEnvironments(environments), []);
  });

  for (const [part, table] of Object.entries(mistakes)) {
    describe(`tells in one line what is wrong, the value and what is allowed: ${part}`, () => {
      for (const [change, ...problems] of table) {
        it(shown(change), () => {
          assert.deepEqual(problemsOf(change), problems.map((problem) => `environments/dev.ts: ${problem}`));
        });
      }
    });
  }

  const demands: Mistake[] = [
    [{ encryption: { protect: false } }, "encryption.protect is false, but must be true"],
    [{ database: { deletionProtection: false } }, "database.deletionProtection is false, but must be true"],
    [{ parameters: { protect: false } }, "parameters.protect is false, but must be true"],
    [{ image: { protect: false } }, "image.protect is false, but must be true"],
    [{ loadBalancer: { deletionProtection: false } }, "loadBalancer.deletionProtection is false, but must be true"],
    [{ encryption: { keyDeletionWindowDays: 29 } }, "encryption.keyDeletionWindowDays is 29, but must be 30"],
    [{ database: { multiAz: false } }, "database.multiAz is false, but must be true"],
    [{ database: { applyImmediately: true } }, "database.applyImmediately is true, but must be false"],
    [{ database: { backupRetentionDays: 6 } }, "database.backupRetentionDays is 6, but must be 7 or more"],
    [{ parameters: { secretRecoveryWindowDays: 0 } }, "parameters.secretRecoveryWindowDays is 0, but must be 7 or more"],
    [{ image: { forceDelete: true } }, "image.forceDelete is true, but must be false"],
    [{ network: { natGateways: "Single" } }, "network.natGateways is Single, but must be OnePerAz or None"],
    [{ network: { flowLogs: "none" } }, "network.flowLogs is none, but must be REJECT or ALL"],
    [{ database: { monitoringIntervalSeconds: 0 } }, "database.monitoringIntervalSeconds is 0, but must be above 0"],
    [{ loadBalancer: { httpsRequired: false } }, "loadBalancer.httpsRequired is false, but must be true"],
    [{ loadBalancer: { accessLogDays: 89 } }, "loadBalancer.accessLogDays is 89, but must be 90 or more"],
    [{ webFirewall: "none" }, "webFirewall is none, but must be a limit of requests"],
    [{ cluster: { containerInsights: "disabled" } }, "cluster.containerInsights is disabled, but must be enabled or enhanced"],
    [{ rotation: "none" }, "rotation is none, but must be a schedule"],
    [{ service: { spotPercent: 1 } }, "service.spotPercent is 1, but must be 0"],
    [{ service: { logLevel: "debug" } }, "service.logLevel is debug, but must be info or higher"],
    [{ service: { apiPage: true } }, "service.apiPage is true, but must be false"],
    [{ service: { corsOrigins: ["https://app.example.com", "http://app.example.com"] } },
      "service.corsOrigins is http://app.example.com, but must be origins with https"],
    [{ monitoring: { recipientRequired: false } }, "monitoring.recipientRequired is false, but must be true"],
    [{ monitoring: { monthlyBudgetUsd: 0 } }, "monitoring.monthlyBudgetUsd is 0, but must be above 0"],
    [{ logRetentionDays: 180 }, "logRetentionDays is 180, but must be 365 or more"],
  ];
  describe("demands where data is kept", () => {
    for (const [change, problem] of demands) {
      it(shown(change), () => {
        assert.deepEqual(problemsOfProd(change), [`environments/prod.ts: ${problem}, because keepsData is true`]);
      });
    }
  });

  const hindrances: Mistake[] = [
    [{ encryption: { protect: true } }, "encryption.protect is true, but must be false"],
    [{ database: { deletionProtection: true } }, "database.deletionProtection is true, but must be false"],
    [{ parameters: { protect: true } }, "parameters.protect is true, but must be false"],
    [{ image: { protect: true } }, "image.protect is true, but must be false"],
    [{ loadBalancer: { deletionProtection: true } }, "loadBalancer.deletionProtection is true, but must be false"],
    [{ parameters: { secretRecoveryWindowDays: 7 } }, "parameters.secretRecoveryWindowDays is 7, but must be 0"],
    [{ image: { forceDelete: false } }, "image.forceDelete is false, but must be true"],
  ];
  describe("refuses what stands in the way of a destroy where none is", () => {
    for (const [change, problem] of hindrances) {
      it(shown(change), () => {
        assert.deepEqual(problemsOf(change), [`environments/dev.ts: ${problem}, ${toGo}`]);
      });
    }
  });

  const limits: Change<Settings>[] = [
    { network: { cidrBlock: "172.16.0.0/16" } },
    { network: { cidrBlock: "172.24.0.0/16" } },
    { network: { cidrBlock: "172.31.0.0/16" } },
    { network: { cidrBlock: "10.255.0.0/16" } },
    { network: { cidrBlock: "192.168.0.0/16" } },
    { encryption: { keyDeletionWindowDays: 30 } },
    { database: { storageGiB: 20, maxStorageGiB: 22 } },
    { database: { storageGiB: 100, maxStorageGiB: 110 } },
    { network: { natGateways: "None", interfaceEndpoints: endpoints } },
    { network: { interfaceEndpoints: ["ecr.dkr", "ecr.api"] } },
    { webFirewall: { requestsPerFiveMinutes: 10 } },
    { webFirewall: { requestsPerFiveMinutes: 2_000_000_000 } },
    { loadBalancer: { accessLogDays: 3653 } },
    { loadBalancer: { rollback: { errorPercent: 99.9, fewestRequests: 1 } } },
    { loadBalancer: { rollback: { errorPercent: 0.5, fewestRequests: 10_000_000 } } },
    { database: { slowStatementMilliseconds: 1_999 } },
    { database: { slowStatementMilliseconds: 1 } },
    { database: { maxConnections: 66 } },
    { database: { maxConnections: 90 } },
    { database: { backupWindow: "23:45-00:15", maintenanceWindow: "sat:23:00-sat:23:45" } },
    { database: { maintenanceWindow: "tue:02:30-tue:03:00" } },
    { database: { maintenanceWindow: "tue:02:30-wed:02:00" } },
    rotating("cron(0 4 ? * 3 *)"),
    rotating("cron(0 4 ? * 3 *)", 8),
    rotating("cron(0 4 ? * 4#1 *)", 36),
    rotating("cron(0 4 ? * 4#1 *)", 400),
    rotating("cron(30 2 1,15 * ? *)"),
    rotating("cron(0 3 ? * WED *)"),
    { service: { requestsPerTaskMinute: 1, scaleInSeconds: 0, scaleOutSeconds: 3600 } },
    { service: { onDemandTasks: 0, spotPercent: 99 } },
    { service: { onDemandTasks: 1000, spotPercent: 0 } },
    { monitoring: { serverErrorPercent: 0.5, fewestRequests: 1, serverErrors: 0, latencyMilliseconds: 1 } },
    { monitoring: { serverErrorPercent: 99.9, taskCpuPercent: 60.5, latencyMilliseconds: 59_999 } },
    { monitoring: { taskCpuPercent: 99.9, freeMemoryMiB: 128, freeStorageGiB: 1.9 } },
    { migration: { timeoutMinutes: 5 } },
    { monitoring: { freeMemoryMiB: 1, freeStorageGiB: 0.5, monthlyBudgetUsd: 1 } },
    { service: { minTasks: 4, maxTasks: 4 } },
    { service: { healthCheckGracePeriodSeconds: 71 } },
    { service: { timeouts: { drainSeconds: 10, stopSeconds: 30 } } },
    { service: { timeouts: { stopSeconds: 120 } } },
    { loadBalancer: { deregistrationDelaySeconds: 15 } },
  ];
  for (const change of limits) {
    it(`takes what is just allowed: ${shown(change)}`, () => {
      assert.deepEqual(problemsOf(change), []);
    });
  }

  const limitsOfProd: Change<Settings>[] = [
    { database: { backupRetentionDays: 7 } },
    { parameters: { secretRecoveryWindowDays: 7 } },
    { network: { natGateways: "None" } },
    { network: { flowLogs: "REJECT" } },
    { database: { monitoringIntervalSeconds: 1 } },
    { database: { maxConnections: 258 } },
    { database: { maxConnections: 720 } },
  ];
  for (const change of limitsOfProd) {
    it(`takes what is just allowed where data is kept: ${shown(change)}`, () => {
      assert.deepEqual(problemsOfProd(change), []);
    });
  }

  it("tells all mistakes at once, so that nobody mends them one `pulumi up` at a time", () => {
    const environments = {
      dev: changed(dev, { service: { port: 80 }, logRetentionDays: 2 }),
      prod: changed(prod, { service: { minTasks: 0 } }),
    };
    const fields = checkEnvironments(environments).map((problem) => problem.split(" is ")[0]);
    assert.deepEqual(fields, [
      "environments/dev.ts: logRetentionDays",
      "environments/dev.ts: service.port",
      "environments/prod.ts: service.minTasks",
    ]);
  });

  it("refuses two environments with the same addresses, because their networks could never be joined", () => {
    const test = changed(dev, { network: { cidrBlock: prod.network.cidrBlock } });
    assert.deepEqual(checkEnvironments({ dev, prod, test }), [
      "environments/test.ts: network.cidrBlock is 10.20.0.0/16, but must not overlap that of prod (10.20.0.0/16)",
    ]);
  });

  for (const cidrBlock of ["10.9.0.0/16", "10.11.0.0/16"]) {
    it(`takes two environments that are next to each other, ${cidrBlock} and ${dev.network.cidrBlock}`, () => {
      const test = changed(dev, { network: { cidrBlock } });
      assert.deepEqual(checkEnvironments({ dev, prod, test }), []);
    });
  }

  for (const cidrBlock of ["10.0.0.0/8", "10.10.0.0/8", "10.10.0.0", "none"]) {
    it(`says once that an address range is wrong, and not also that it overlaps: ${cidrBlock}`, () => {
      const wrong = changed(dev, { network: { cidrBlock } });
      assert.equal(checkEnvironments({ dev, wrong }).length, 1);
    });
  }
});

describe("fargateSizes", () => {
  /** As AWS's table has them: CPU units, least and most MiB, and the step between. */
  const sold: [cpuUnits: number, least: number, most: number, step: number][] = [
    [512, 1024, 4096, 1024],
    [1024, 2048, 8192, 1024],
    [2048, 4096, 16384, 1024],
    [4096, 8192, 30720, 1024],
    [8192, 16384, 61440, 4096],
    [16384, 32768, 122880, 8192],
  ];
  const pair = (cpuUnits: number, memoryMiB: number) =>
    problemsOf({ service: { cpuUnits, memoryMiB }, migration: { cpuUnits, memoryMiB } });

  it("lists the CPU units that Fargate sells, and no others", () => {
    assert.deepEqual(Object.keys(fargateSizes).map(Number), [256, ...sold.map(([cpuUnits]) => cpuUnits)]);
  });

  it("takes 512, 1024 and 2048 MiB with 256 CPU units, and nothing between or around them", () => {
    const taken = [256, 512, 768, 1024, 1536, 2048, 3072].filter((memoryMiB) => pair(256, memoryMiB).length === 0);
    assert.deepEqual(taken, [512, 1024, 2048]);
  });

  for (const [cpuUnits, least, most, step] of sold) {
    it(`takes ${least} to ${most} MiB in steps of ${step} with ${cpuUnits} CPU units`, () => {
      for (let memoryMiB = least; memoryMiB <= most; memoryMiB += step) {
        assert.deepEqual(pair(cpuUnits, memoryMiB), []);
      }
    });

    it(`refuses other memory with ${cpuUnits} CPU units, for both containers`, () => {
      for (const memoryMiB of [least - step, most + step, least + step / 2, least + 1]) {
        assert.equal(pair(cpuUnits, memoryMiB).length, 2, `${cpuUnits} with ${memoryMiB}`);
      }
    });
  }
});

describe("memoryOf", () => {
  /** As AWS's table has them: GiB by size. */
  const general = { large: 8, xlarge: 16, "2xlarge": 32, "4xlarge": 64, "8xlarge": 128, "12xlarge": 192, "16xlarge": 256 };
  const large = { large: 16, xlarge: 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384, "16xlarge": 512 };
  const families = {
    t4g: { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 }, m7g: general, m8g: general, r7g: large, r8g: large,
  };
  const classes: [instanceClass: string, memory: number | undefined][] = [
    ...Object.entries(families).flatMap(([family, sizes]) =>
      Object.entries(sizes).map(([size, memory]): [string, number] => [`db.${family}.${size}`, memory])),
    ["db.t4g.12xlarge", undefined], ["db.m7g", undefined], ["m7g.large", undefined], ["db.constructor.name", undefined],
  ];
  for (const [instanceClass, memory] of classes) {
    it(`of ${instanceClass} is ${memory ?? "not known"}`, () => {
      assert.equal(memoryOf(instanceClass), memory);
    });
  }
});
