/** The types that hold something which no `pulumi up` can make again, with what that is. */
export const statefulTypes: Readonly<Record<string, string>> = {
  "aws:rds/instance:Instance": "users' data",
  "aws:kms/key:Key": "the key to users' data, snapshots, secrets and logs",
  "aws:secretsmanager/secret:Secret": "passwords or keys that clients have",
  "aws:ecr/repository:Repository": "the images that a rollback needs",
  "aws:s3/bucket:Bucket": "logs",
  "aws:cloudwatch/logGroup:LogGroup": "logs",
};
