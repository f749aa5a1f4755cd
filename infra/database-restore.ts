import type * as aws from "@pulumi/aws";

import type { DatabaseRestore } from "../environments/settings";

export const databaseName = "accounts";

/** How an instance begins. All of it is read when RDS makes the instance, and by nobody later. */
export type Beginning = Pick<aws.rds.InstanceArgs, "dbName" | "username" | "snapshotIdentifier" | "restoreToPointInTime">;

/**
 * Without effect on an instance that exists. Were these not ignored there, to tidy up the stack file after a restore
 * would replace the database by an empty one.
 */
export const beginningOnly = ["dbName", "username", "snapshotIdentifier", "restoreToPointInTime"] satisfies (keyof Beginning)[];

/** Empty; also what is said of an instance that has begun long ago. */
export const emptyDatabase: Beginning = { dbName: databaseName, username: "accounts_master" };

/** A restore brings the database and its master user along: RDS refuses to be told their names. */
export function beginning(restore: DatabaseRestore | undefined, kept: aws.rds.Instance | undefined): Beginning {
  switch (restore?.from) {
    case undefined:
      return emptyDatabase;
    case "snapshot":
      return { snapshotIdentifier: restore.snapshot };
    case "time":
      return { restoreToPointInTime: { sourceDbInstanceIdentifier: kept?.identifier, restoreTime: restore.time } };
    case "latest":
      return { restoreToPointInTime: { sourceDbInstanceIdentifier: kept?.identifier, useLatestRestorableTime: true } };
  }
}
