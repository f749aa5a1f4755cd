import { startAwsQuery, type AwsQueryService } from "./aws-query";

/** Who AWS says the caller is. */
export interface StsArgs {
  readonly accountId: string;
  readonly arn: string;
  readonly port?: number;
}

/** A running Security Token Service: for AWS_ENDPOINT_URL_STS. */
export type Sts = AwsQueryService;

/** Starts a Security Token Service that knows GetCallerIdentity. */
export function startSts(args: StsArgs): Promise<Sts> {
  return startAwsQuery({
    GetCallerIdentity: (_, caller) => ({ Arn: args.arn, UserId: caller, Account: args.accountId }),
  }, args.port);
}
