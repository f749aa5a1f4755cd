import * as assert from "node:assert/strict";

import { dimensionsOf, inARow, watched } from "../alarms";
import { planOf } from "../example/plans";

const runbook = (heading: string) => `What to do: docs/operations.md, ${heading}`;
const gone = "Without data: database-cpu tells of an instance that is gone.";

interface Expected {
  readonly cpuPercent: number;
  readonly memory: readonly [mebibytes: number, bytes: number];
  readonly connections: readonly [most: number, alarming: number];
  readonly storage: readonly [gibibytes: number, bytes: number];
}

const expected: Record<string, Expected> = {
  dev: { cpuPercent: 90, memory: [50, 52_428_800], connections: [80, 64], storage: [1, 1_073_741_824] },
  prod: { cpuPercent: 80, memory: [800, 838_860_800], connections: [400, 320], storage: [8, 8_589_934_592] },
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

    it("tell of memory in bytes, as RDS reports it, by what is usual for the class", async () => {
      const [mebibytes, bytes] = memory;
      assert.deepEqual(await alarm("database-memory"), {
        alarmDescription: `Less than ${mebibytes} MiB of the database's memory is free; what it has cached gives way to its connections. ${gone} ${runbook("The database is busy")}`,
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
        alarmDescription: `Less than ${gibibytes} GiB of the database's storage is free, although RDS adds to it by itself once a tenth is left. ${gone} ${runbook("The database is running out")}`,
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
