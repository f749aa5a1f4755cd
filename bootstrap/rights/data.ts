import type { Stack } from "../account";
import { allow, arns, owned, ownedOrNew, requested, type Statement } from "../document";
import { bucketArn, databaseArns } from "./read";

/** What holds data: the key, the database, secrets, parameters and the bucket of logs. */
export function dataRights(stack: Stack): Statement[] {
  return [...keyRights(stack), ...databaseRights(stack), ...secretRights(stack), ...bucketRights(stack)];
}

/**
 * KMS goes by the tags of a key only minutes after they were set. So what an update does to a key that it has just made
 * must not depend on them; what could do harm to a key of somebody else does.
 */
function keyRights(stack: Stack): Statement[] {
  const keys = arns("kms", stack, "key/*");
  const through = (...services: string[]) => ({
    "kms:ViaService": services.map((service) => `${service}.${stack.region}.amazonaws.com`),
  });
  return [
    // IAM knows no resource for a key that is not there yet.
    allow("MakeKey", ["kms:CreateKey"], "*", requested(stack)),
    allow("TagKey", ["kms:TagResource"], keys, requested(stack), ownedOrNew(stack)),
    allow("RotateKey", ["kms:EnableKeyRotation"], keys, ownedOrNew(stack)),
    allow("NameKey", ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      [...arns("kms", stack, `alias/accounts-${stack.name}`), ...keys], ownedOrNew(stack)),
    allow("ChangeKey", [
      "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription",
      ...stack.keepsData ? [] : ["kms:ScheduleKeyDeletion"],
    ], keys, owned(stack)),
    allow("EncryptWithKey", ["kms:Decrypt", "kms:GenerateDataKey"], keys, ownedOrNew(stack),
      { StringEquals: through("rds", "secretsmanager") }),
    allow("LetDatabaseEncrypt", ["kms:CreateGrant"], keys, ownedOrNew(stack),
      { StringEquals: through("rds", "secretsmanager"), Bool: { "kms:GrantIsForAWSResource": "true" } }),
  ];
}

function databaseRights(stack: Stack): Statement[] {
  const { name } = stack;
  return [
    allow("Database", [
      "rds:AddSourceIdentifierToSubscription", "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:CreateDBParameterGroup",
      "rds:CreateDBSubnetGroup", "rds:CreateEventSubscription", "rds:DeleteDBInstance", "rds:DeleteDBParameterGroup",
      "rds:DeleteDBSubnetGroup", "rds:DeleteEventSubscription", "rds:ModifyDBInstance", "rds:ModifyDBParameterGroup",
      "rds:ModifyDBSubnetGroup", "rds:ModifyEventSubscription", "rds:RebootDBInstance",
      "rds:RemoveSourceIdentifierFromSubscription", "rds:RemoveTagsFromResource", "rds:ResetDBParameterGroup",
      "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime",
    ], [...databaseArns(stack), ...arns("rds", stack, "og:default:*")]),
    // Only of its own instances: another stack's snapshot is another stack's data. Deleting one is nobody's right here.
    allow("Snapshots", ["rds:CreateDBSnapshot", "rds:RestoreDBInstanceFromDBSnapshot", "rds:AddTagsToResource"],
      arns("rds", stack, `snapshot:accounts-${name}-*`, `snapshot:rds:accounts-${name}-*`)),
    // RDS makes the secret of the master user with the rights of whoever makes the instance.
    allow("MasterSecret", ["secretsmanager:CreateSecret", "secretsmanager:TagResource"],
      arns("secretsmanager", stack, "secret:rds!db-*")),
  ];
}

function secretRights(stack: Stack): Statement[] {
  const { name } = stack;
  const secrets = arns("secretsmanager", stack, `secret:accounts/${name}/*`);
  return [
    allow("Secrets", [
      "secretsmanager:CreateSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
    ], secrets),
    allow("DeleteSecrets", ["secretsmanager:DeleteSecret"], secrets, stack.keepsData
      ? { BoolIfExists: { "secretsmanager:ForceDeleteWithoutRecovery": "false" } } : {}),
    // The smoke test is a client like any other.
    allow("KeysOfTheApi", ["secretsmanager:GetSecretValue"], arns("secretsmanager", stack, `secret:accounts/${name}/service/api-keys-??????`)),
    allow("Parameters", ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"],
      arns("ssm", stack, `parameter/accounts/${name}/*`)),
  ];
}

function bucketRights(stack: Stack): Statement[] {
  const bucket = bucketArn(stack);
  return [
    allow("Buckets", [
      "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
      "s3:TagResource", "s3:UntagResource",
    ], bucket),
    ...stack.keepsData ? [] : [
      allow("EmptyBuckets", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"], [bucket, `${bucket}/*`]),
    ],
  ];
}
