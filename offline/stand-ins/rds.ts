import { startAwsQuery, type AwsQueryService, type Elements, type QueryInput } from "./aws-query";

/** An instance, its snapshots and its backups as the API of RDS names them. */
export interface RdsArgs {
  readonly instances: readonly Elements[];
  readonly snapshots?: readonly Elements[];
  readonly automatedBackups?: readonly Elements[];
  /** How many a page holds; AWS's own is 100. */
  readonly pageSize?: number;
}

/** Starts an RDS that describes what it was given: for AWS_ENDPOINT_URL_RDS. */
export function startRds(args: RdsArgs): Promise<AwsQueryService> {
  const { instances, snapshots = [], automatedBackups = [], pageSize = 100 } = args;
  const page = (name: string, of: readonly Elements[], { Marker = "0" }: QueryInput): Elements => {
    const end = Number(Marker) + pageSize;
    return { [`${name}s`]: { name, of: of.slice(Number(Marker), end) }, Marker: end < of.length ? String(end) : undefined };
  };
  return startAwsQuery({
    DescribeDBInstances: (input) => page("DBInstance", instances, input),
    DescribeDBSnapshots: (input) => page("DBSnapshot", snapshots, input),
    DescribeDBInstanceAutomatedBackups: (input) => page("DBInstanceAutomatedBackup", automatedBackups.filter((each) =>
      each["DBInstanceIdentifier"] === input["DBInstanceIdentifier"]), input),
  });
}
