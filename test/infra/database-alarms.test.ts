import * as assert from "node:assert/strict";

import { dimensionsOf, inARow, watched } from "../alarms";
import { planOf } from "../plans";

const runbook = (heading: string) => `What to do: docs/operations.md, ${heading}`;
const gone = "Without data: database-cpu tells of an instance that is gone.";

interface Expected {
  readonly cpuPercent: number;
  readonly memory: readonly [gibibytes: number, bytes: number];
  readonly connections: readonly [most: number, alarming: number];
  readonly storage: readonly [gibibytes: number, bytes: number];
}

const expected: Record<string, Expected> = {
  dev: { cpuPercent: 90, memory: [1, 107_374_182], connections: [80, 64], storage: [2, 2_147_483_648] },
  prod: { cpuPercent: 80, memory: [8, 858_993_459], connections: [400, 320], storage: [20, 21_474_836_480] },
};

for (const [stack, { cpuPercent, memory, connections, storage }] of Object.entries(expected)) {
  describe(`the alarms about the database of ${stack}`, () => {
    const alarm = async (kind: string) => watched(await planOf(stack), kind);
    const rds = async (metricName: string) => ({
      namespace: "AWS/RDS",
      metricName,
      dimensions: dimensionsOf(await planOf(stack)).instance,
      period: 300,
    });

    it("tell of a CPU that is busy, and of an instance that is gone: silence is an alarm", async () => {
      assert.deepEqual(await alarm("database-cpu"), {
        alarmDescription: `The database uses more than ${cpuPercent} % of its CPU. Without data: the instance does not run. ${runbook("The database is busy")}`,
        ...await rds("CPUUtilization"),
        statistic: "Average",
        comparisonOperator: "GreaterThanThreshold",
        threshold: cpuPercent,
        ...inARow(3),
        treatMissingData: "breaching",
      });
    });

    it("tell of memory by the share of what the instance's class has, in bytes", async () => {
      const [gibibytes, bytes] = memory;
      assert.deepEqual(await alarm("database-memory"), {
        alarmDescription: `Less than 10 % of the database's ${gibibytes} GiB of memory is free. ${gone} ${runbook("The database is busy")}`,
        ...await rds("FreeableMemory"),
        statistic: "Average",
        comparisonOperator: "LessThanThreshold",
        threshold: bytes,
        ...inARow(3),
        treatMissingData: "missing",
      });
    });

    it("tell of connections by the share of those that PostgreSQL accepts", async () => {
      const [most, alarming] = connections;
      assert.deepEqual(await alarm("database-connections"), {
        alarmDescription: `More than 80 % of the database's ${most} connections are open. ${gone} ${runbook("The database is running out")}`,
        ...await rds("DatabaseConnections"),
        statistic: "Maximum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: alarming,
        ...inARow(1),
        treatMissingData: "missing",
      });
    });

    it("tell of storage in bytes, as RDS reports it", async () => {
      const [gibibytes, bytes] = storage;
      assert.deepEqual(await alarm("database-storage"), {
        alarmDescription: `Less than ${gibibytes} GiB of the database's storage is free, although RDS adds to it by itself. ${gone} ${runbook("The database is running out")}`,
        ...await rds("FreeStorageSpace"),
        statistic: "Minimum",
        comparisonOperator: "LessThanThreshold",
        threshold: bytes,
        ...inARow(1),
        treatMissingData: "missing",
      });
    });

    it("tell of transaction ids while there is time for a vacuum", async () => {
      assert.deepEqual(await alarm("transaction-ids"), {
        alarmDescription: `Half of the database's transaction ids are used up; without any PostgreSQL takes no more writes. ${gone} ${runbook("The database is running out")}`,
        ...await rds("MaximumUsedTransactionIDs"),
        statistic: "Maximum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: 1_000_000_000,
        ...inARow(1),
        treatMissingData: "missing",
      });
    });
  });
}
