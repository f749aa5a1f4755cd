import type { Settings } from "../environments/settings";
import type { Metrics } from "./metrics";
import { fiveMinutes, quarterOfAnHour, type Watch } from "./watch";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** Half of what there is: at 2.1 thousand million PostgreSQL takes no more writes. */
const transactionIds = 1_000_000_000;

/** Whether the database answers, and how long it can go on like this. */
export function databaseAlarms(
  { instance }: Metrics, settings: Pick<Settings, "database" | "monitoring">,
): Record<string, Watch> {
  const { databaseCpuPercent, databaseConnectionsPercent, freeMemoryMiB, freeStorageGiB } = settings.monitoring;
  const { maxConnections } = settings.database;
  // One cause, one call: an instance that is gone is silent in all of its metrics.
  const otherwiseTold = ["missing", "database-cpu tells of an instance that is gone"] as const;
  return {
    "database-cpu": {
      says: `The database uses more than ${databaseCpuPercent} % of its CPU`,
      of: instance("CPUUtilization", "Average"),
      threshold: { above: databaseCpuPercent },
      ...quarterOfAnHour,
      silence: ["breaching", "the instance does not run"],
      runbook: "The database is busy",
    },
    "database-memory": {
      says: `Less than ${freeMemoryMiB} MiB of the database's memory is free; what it has cached gives way to its connections`,
      of: instance("FreeableMemory", "Average"),
      threshold: { below: freeMemoryMiB * MIB },
      ...quarterOfAnHour,
      silence: otherwiseTold,
      runbook: "The database is busy",
    },
    "database-connections": {
      says: `More than ${databaseConnectionsPercent} % of the database's ${maxConnections} connections are open`,
      of: instance("DatabaseConnections", "Maximum"),
      threshold: { above: Math.floor(maxConnections * databaseConnectionsPercent / 100) },
      ...fiveMinutes,
      silence: otherwiseTold,
      runbook: "The database is running out",
    },
    "database-storage": {
      says: `Less than ${freeStorageGiB} GiB of the database's storage is free, although RDS adds to it by itself once a tenth is left`,
      of: instance("FreeStorageSpace", "Minimum"),
      threshold: { below: freeStorageGiB * GIB },
      ...fiveMinutes,
      silence: otherwiseTold,
      runbook: "The database is running out",
    },
    "transaction-ids": {
      says: "Half of the database's transaction ids are used up; without any PostgreSQL takes no more writes",
      of: instance("MaximumUsedTransactionIDs", "Maximum"),
      threshold: { above: transactionIds },
      ...fiveMinutes,
      silence: otherwiseTold,
      runbook: "The database is running out",
    },
  };
}
