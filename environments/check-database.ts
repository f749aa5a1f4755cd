import { memoryOf } from "./instance-classes";
import { isBetween, range, type Rule } from "./rule";
import type { Settings } from "./settings";
import { cronStarts, dailyWindow, longestWaitDays, overlap, weeklyWindow } from "./windows";

/** How many tasks a deployment lets run at once, of those that are wanted. */
export const rolloutPercent = 200;

/** The migration's lock, its work, and the login it proves. */
const migrationConnections = 3;

/** Kept by PostgreSQL for a superuser and by RDS for itself. */
const reservedConnections = 15;

export function checkDatabase(settings: Settings, rule: Rule): void {
  const { database, service: { timeouts } } = settings;
  range(rule, "database.storageGiB", database.storageGiB, 20, 65536);
  range(rule, "database.maxStorageGiB", database.maxStorageGiB, 20, 65536);
  rule(database.maxStorageGiB * 10 >= database.storageGiB * 11, "database.maxStorageGiB", database.maxStorageGiB,
    `at least 10 % above database.storageGiB (${database.storageGiB})`);
  range(rule, "database.backupRetentionDays", database.backupRetentionDays, 1, 35);
  range(rule, "database.slowStatementMilliseconds", database.slowStatementMilliseconds, 1, 60_000);
  rule(database.slowStatementMilliseconds < timeouts.statementSeconds * 1000, "database.slowStatementMilliseconds",
    database.slowStatementMilliseconds,
    `below service.timeouts.statementSeconds (${timeouts.statementSeconds}), or no statement of the service lasts so long`);
  checkConnections(settings, rule);
  checkWindows(settings, rule);
}

/** Tasks beyond it are refused by PostgreSQL in the middle of a deployment; memory beyond it ends the database. */
function checkConnections({ database: { instanceClass, maxConnections }, service }: Settings, rule: Rule): void {
  const tasks = Math.ceil(service.maxTasks * rolloutPercent / 100);
  const each = service.databasePoolConnections + service.databaseLaneConnections;
  const needed = tasks * each + migrationConnections + reservedConnections;
  rule(Number.isInteger(maxConnections) && maxConnections >= needed, "database.maxConnections", maxConnections,
    `a whole number from ${needed}: ${tasks} tasks in a deployment with ${each} each, ${migrationConnections} of a ` +
    `migration, ${reservedConnections} in reserve`);
  const memory = memoryOf(instanceClass);
  rule(memory !== undefined, "database.instanceClass", instanceClass,
    "a class of environments/instance-classes.ts, by whose memory the connections are counted: add it there");
  // RDS's own default is one for each 9531392 bytes, of the memory that its operating system leaves.
  const borne = Math.floor((memory ?? Infinity) * 1024 ** 3 * 0.8 / 9_531_392);
  rule(maxConnections <= borne, "database.maxConnections", maxConnections,
    `${borne} at most, which the memory of database.instanceClass (${instanceClass}) bears`);
}

function checkWindows({ database, rotation }: Settings, rule: Rule): void {
  const { backupWindow, maintenanceWindow } = database;
  const backup = dailyWindow(backupWindow);
  rule(backup !== undefined && backup.minutes >= 30, "database.backupWindow", backupWindow,
    "30 minutes or more in UTC, such as 02:00-02:30");
  const maintenance = weeklyWindow(maintenanceWindow);
  rule(maintenance !== undefined && maintenance.minutes >= 30 && maintenance.minutes <= 24 * 60,
    "database.maintenanceWindow", maintenanceWindow, "30 minutes to 24 hours in UTC, such as tue:03:00-tue:04:00");
  rule(!backup || !maintenance || !overlap(backup, maintenance), "database.maintenanceWindow", maintenanceWindow,
    `outside of database.backupWindow (${backupWindow}), which RDS demands`);
  if (rotation === "none") {
    return;
  }
  const { schedule, oldestPasswordDays } = rotation;
  const starts = cronStarts(schedule);
  rule(starts !== undefined, "rotation.schedule", schedule,
    "six fields with a fixed minute and hour, such as cron(0 3 ? * 4#1 *)");
  for (const [field, window] of Object.entries({ backupWindow: backup, maintenanceWindow: maintenance })) {
    rule(!starts || !window || !overlap(starts, window), "rotation.schedule", schedule,
      `outside of database.${field}, in which the database may not answer`);
  }
  const wait = longestWaitDays(schedule);
  rule(isBetween(oldestPasswordDays, wait + 1, 400), "rotation.oldestPasswordDays", oldestPasswordDays,
    `${wait + 1} to 400, a whole number: up to ${wait} days pass from one turn of rotation.schedule (${schedule}) to the next`);
}
