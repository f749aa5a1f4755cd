import {
  DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, RDSClient, type DBInstance, type DBSnapshot,
} from "@aws-sdk/client-rds";

import { allPages } from "./pages";
import type { Session } from "./session";

/** The instances of all generations, the oldest first. */
export async function instancesOf(session: Session): Promise<DBInstance[]> {
  const rds = session.client(RDSClient);
  const found = await allPages(async (Marker) => {
    const { DBInstances, Marker: next } = await rds.send(new DescribeDBInstancesCommand({ Marker }));
    return { items: DBInstances, next };
  });
  const generation = ({ DBInstanceIdentifier = "" }: DBInstance) => session.names.generationOf(DBInstanceIdentifier);
  return found.filter((instance) => generation(instance) !== undefined)
    .toSorted((a, b) => (generation(a) ?? 0) - (generation(b) ?? 0));
}

/** All of the account in the region: a copy has any name. */
export function snapshotsOf(session: Session): Promise<DBSnapshot[]> {
  const rds = session.client(RDSClient);
  return allPages(async (Marker) => {
    const { DBSnapshots, Marker: next } = await rds.send(new DescribeDBSnapshotsCommand({ Marker }));
    return { items: DBSnapshots, next };
  });
}
