import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** Where a stack is. */
export interface OwnAccount {
  readonly region: string;
  readonly accountId: string;
}

/** Credentials of another account would work there, where the names do not exist, or worse, do. */
export async function refuseOtherAccount({ region, accountId }: OwnAccount): Promise<void> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  if (Account !== accountId) {
    throw new Error(`the AWS credentials are of account ${Account}, but the stack belongs to ${accountId}: log in to that account`);
  }
}
