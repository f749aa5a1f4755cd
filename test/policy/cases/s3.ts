import * as aws from "@pulumi/aws";

import type { PlannedResource } from "../../../offline/record";
import type { s3 } from "../../../policy/controls/s3";
import { a, document, kept, type Cases } from "../examples";

const bucket = a(aws.s3.Bucket, {}, { name: "logs", state: { bucket: "logs" } });
const blocked = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const tlsOnly = {
  Effect: "Deny", Principal: "*", Action: "s3:*", Resource: ["arn:logs", "arn:logs/*"],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const expiring = (status: string, days: number) =>
  a(aws.s3.BucketLifecycleConfiguration, { bucket: "logs", rules: [{ id: "all", status, expiration: { days } }] });
const encrypted = (sseAlgorithm: string) => a(aws.s3.BucketServerSideEncryptionConfiguration, {
  bucket: "logs", rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }],
});

/** The example without the resource, and with one that belongs to another bucket. */
const missing = (own: PlannedResource, type: string) => [
  [kept(bucket), new RegExp(`no aws\\.s3\\.${type} has it as bucket`)],
  [kept(bucket, { ...own, inputs: { ...own.inputs, bucket: "others" } }), new RegExp(`no aws\\.s3\\.${type} has it as bucket`)],
] as const;

const block = a(aws.s3.BucketPublicAccessBlock, { bucket: "logs", ...blocked });
const policy = (...statements: object[]) => a(aws.s3.BucketPolicy, { bucket: "logs", policy: document(...statements) });
const logging = a(aws.s3.BucketLogging, { bucket: "logs" });
const ownership = (objectOwnership: string) => a(aws.s3.BucketOwnershipControls, { bucket: "logs", rule: { objectOwnership } });

export const s3Cases: Cases<typeof s3> = {
  "S3.8": {
    passes: [kept(bucket, block)],
    fails: [
      ...missing(block, "BucketPublicAccessBlock"),
      [kept(bucket, a(aws.s3.BucketPublicAccessBlock, { bucket: "logs", ...blocked, blockPublicPolicy: false })),
        /blockPublicPolicy must be true, is false/],
    ],
  },
  "S3.5": {
    passes: [kept(bucket, policy({ Effect: "Allow", Action: "s3:PutObject" }, tlsOnly))],
    fails: [
      ...missing(policy(tlsOnly), "BucketPolicy"),
      [kept(bucket, policy({ ...tlsOnly, Action: "s3:PutObject" })), /policy must deny s3:\*/],
      [kept(bucket, policy({ ...tlsOnly, Effect: "Allow" })), /policy must deny s3:\*/],
      [kept(bucket, policy({ ...tlsOnly, Resource: "arn:logs" })), /policy must deny s3:\*/],
      [kept(bucket, policy({ ...tlsOnly, Condition: { ...tlsOnly.Condition, ArnLike: { "aws:SourceArn": "arn:some" } } })),
        /policy must deny s3:\*/],
      [kept(bucket, policy({ ...tlsOnly, Condition: { Bool: { "aws:SecureTransport": "true" } } })),
        /policy must deny s3:\*/],
    ],
  },
  "S3.9": { passes: [kept(bucket, logging)], fails: [...missing(logging, "BucketLogging")] },
  "S3.12": {
    passes: [kept(bucket, ownership("BucketOwnerEnforced"))],
    fails: [
      ...missing(ownership("BucketOwnerEnforced"), "BucketOwnershipControls"),
      [kept(bucket, ownership("ObjectWriter")),
        /rule\.objectOwnership must be "BucketOwnerEnforced", is "ObjectWriter"/],
    ],
  },
  "S3.13": {
    passes: [kept(bucket, expiring("Enabled", 90))],
    fails: [
      ...missing(expiring("Enabled", 90), "BucketLifecycleConfiguration"),
      [kept(bucket, expiring("Disabled", 90)), /rules must hold one that is Enabled/],
      [kept(bucket, expiring("Enabled", 0)), /rules must hold one that is Enabled/],
    ],
  },
  "log-bucket-key": {
    passes: [kept(bucket, encrypted("AES256"))],
    fails: [
      ...missing(encrypted("AES256"), "BucketServerSideEncryptionConfiguration"),
      [kept(bucket, encrypted("aws:kms")), /sseAlgorithm must be "AES256", is "aws:kms"/],
    ],
  },
  "bucket-not-forced": {
    passes: [kept(bucket)],
    fails: [[kept(a(aws.s3.Bucket, { forceDestroy: true })), /forceDestroy must not be true/]],
  },
};
