import * as assert from "node:assert/strict";

import { environments } from "../../environments";
import { checkEnvironments } from "../../environments/check";
import { dev } from "../../environments/dev";
import { fargateSizes } from "../../environments/fargate-sizes";
import { prod } from "../../environments/prod";
import type { Settings } from "../../environments/settings";
import { changed, type Change } from "../plans";

type Mistake = readonly [change: Change<Settings>, problem: string];

const problemsOf = (change: Change<Settings>) => checkEnvironments({ dev: changed(dev, change) });

/** A title that shows which setting is wrong, and how. */
const shown = (change: Change<Settings>) => JSON.stringify(change).replaceAll('"', "");

const mistakes: Record<string, Mistake[]> = {
  network: [
    ...["10.10.0.0/20", "10.10.1.0/16", "11.10.0.0/16", "172.32.0.0/16", "10.256.0.0/16", "10.10.0.0", "anywhere"]
      .map((cidrBlock): Mistake => [{ network: { cidrBlock } },
        `network.cidrBlock is ${cidrBlock}, but must be a private /16 such as 10.30.0.0/16: network.ts cuts a /18 out of it for each zone`]),
  ],
  storage: [
    [{ encryption: { keyDeletionWindowDays: 6 } }, "encryption.keyDeletionWindowDays is 6, but must be 7 to 30, a whole number"],
    [{ encryption: { keyDeletionWindowDays: 31 } }, "encryption.keyDeletionWindowDays is 31, but must be 7 to 30, a whole number"],
    [{ encryption: { keyDeletionWindowDays: 7.5 } }, "encryption.keyDeletionWindowDays is 7.5, but must be 7 to 30, a whole number"],
    [{ database: { storageGiB: 19 } }, "database.storageGiB is 19, but must be 20 to 65536, a whole number"],
    [{ database: { storageGiB: 20.5 } }, "database.storageGiB is 20.5, but must be 20 to 65536, a whole number"],
    [{ monitoring: { serverErrors: -1 } }, "monitoring.serverErrors is -1, but must be 0 to 1000000, a whole number"],
    [{ database: { maxStorageGiB: 65537 } }, "database.maxStorageGiB is 65537, but must be 20 to 65536, a whole number"],
    [{ database: { maxStorageGiB: 21 } }, "database.maxStorageGiB is 21, but must be at least 10 % above database.storageGiB (20)"],
    [{ database: { backupRetentionDays: 0 } }, "database.backupRetentionDays is 0, but must be 1 to 35, a whole number"],
    [{ database: { backupRetentionDays: 36 } }, "database.backupRetentionDays is 36, but must be 1 to 35, a whole number"],
    [{ database: { generation: 0 } }, "database.generation is 0, but must be 1 to 99, a whole number"],
    [{ database: { generation: 100 } }, "database.generation is 100, but must be 1 to 99, a whole number"],
    [{ parameters: { secretRecoveryWindowDays: 6 } }, "parameters.secretRecoveryWindowDays is 6, but must be 0, or 7 to 30"],
    [{ parameters: { secretRecoveryWindowDays: 31 } }, "parameters.secretRecoveryWindowDays is 31, but must be 0, or 7 to 30"],
    [{ parameters: { secretRecoveryWindowDays: -1 } }, "parameters.secretRecoveryWindowDays is -1, but must be 0, or 7 to 30"],
    [{ image: { keptImages: 1 } }, "image.keptImages is 1, but must be 2 to 1000, a whole number"],
    [{ image: { keptImages: 1001 } }, "image.keptImages is 1001, but must be 2 to 1000, a whole number"],
    [{ monitoring: { freeStorageGiB: 0 } }, "monitoring.freeStorageGiB is 0, but must be above 0 and below database.storageGiB (20)"],
    [{ monitoring: { freeStorageGiB: 20 } }, "monitoring.freeStorageGiB is 20, but must be above 0 and below database.storageGiB (20)"],
    [{ logRetentionDays: 15 },
      "logRetentionDays is 15, but must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, " +
      "1827, 2192, 2557, 2922, 3288, 3653"],
  ],
  sizes: [
    ...(["migration", "service"] as const).flatMap((part): Mistake[] => [
      [{ [part]: { cpuUnits: 300 } }, `${part}.cpuUnits is 300, but must be one of 256, 512, 1024, 2048, 4096, 8192, 16384`],
      [{ [part]: { memoryMiB: 4096 } },
        `${part}.memoryMiB is 4096, but must be one of 512, 1024, 2048, which Fargate sells with 256 CPU units`],
    ]),
    [{ service: { minTasks: 1 } }, "service.minTasks is 1, but must be 2 to 1000, a whole number"],
    [{ service: { minTasks: 2.5 } }, "service.minTasks is 2.5, but must be 2 to 1000, a whole number"],
    [{ service: { minTasks: 4, maxTasks: 3 } }, "service.maxTasks is 3, but must be at least service.minTasks (4)"],
    [{ service: { maxTasks: 4.5 } }, "service.maxTasks is 4.5, but must be 2 to 1000, a whole number"],
    [{ service: { cpuTargetPercent: 9 } }, "service.cpuTargetPercent is 9, but must be 10 to 90, a whole number"],
    [{ service: { cpuTargetPercent: 91 } }, "service.cpuTargetPercent is 91, but must be 10 to 90, a whole number"],
    [{ service: { port: 80 } }, "service.port is 80, but must be 1024 to 65535, a whole number"],
    [{ service: { port: 65536 } }, "service.port is 65536, but must be 1024 to 65535, a whole number"],
    [{ service: { databasePoolConnections: 1 } }, "service.databasePoolConnections is 1, but must be 2 to 100, a whole number"],
    [{ service: { databasePoolConnections: 101 } }, "service.databasePoolConnections is 101, but must be 2 to 100, a whole number"],
    [{ service: { databaseLaneConnections: 9 } }, "service.databaseLaneConnections is 9, but must be 0 to 8, a whole number"],
    [{ service: { writesPerMinute: 0 } }, "service.writesPerMinute is 0, but must be 1 to 10000000, a whole number"],
    [{ service: { corsOrigins: ["https://app.example.com", "*"] } },
      "service.corsOrigins is *, but must be origins such as https://app.example.com, without a path"],
    [{ migration: { timeoutMinutes: 0 } }, "migration.timeoutMinutes is 0, but must be 1 to 120, a whole number"],
    [{ migration: { timeoutMinutes: 121 } }, "migration.timeoutMinutes is 121, but must be 1 to 120, a whole number"],
  ],
  "health check": [
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
    [{ loadBalancer: { deregistrationDelaySeconds: 3601 } },
      "loadBalancer.deregistrationDelaySeconds is 3601, but must be 0 to 3600, a whole number"],
    [{ service: { timeouts: { statementSeconds: 0 } } },
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
      for (const [change, problem] of table) {
        it(shown(change), () => {
          assert.deepEqual(problemsOf(change), [`environments/dev.ts: ${problem}`]);
        });
      }
    });
  }

  const limits: Change<Settings>[] = [
    { network: { cidrBlock: "172.16.0.0/16" } },
    { network: { cidrBlock: "172.31.0.0/16" } },
    { network: { cidrBlock: "192.168.0.0/16" } },
    { encryption: { keyDeletionWindowDays: 30 } },
    { database: { storageGiB: 20, maxStorageGiB: 22 } },
    { database: { storageGiB: 100, maxStorageGiB: 110 } },
    { parameters: { secretRecoveryWindowDays: 7 } },
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

  it("says once that an address range is wrong, and not also that it overlaps", () => {
    const wrong = changed(dev, { network: { cidrBlock: "10.0.0.0/8" } });
    assert.equal(checkEnvironments({ dev, wrong }).length, 1);
  });
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
