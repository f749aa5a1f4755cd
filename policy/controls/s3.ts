import * as aws from "@pulumi/aws";
import type { PolicyResource } from "@pulumi/policy";

import { across, each, maySame, must, mustNot, unless, type Control, type Controls, type Stack } from "../control";
import { conditionKeys, list, statements } from "../documents";

/** Buckets. */
export const s3 = {
  "S3.8": {
    title: "A bucket is never public",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.s3.BucketPublicAccessBlock,
      ({ blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }) =>
        must({ blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }, true))],
    stack: has("aws.s3.BucketPublicAccessBlock", (stack) => stack.of(aws.s3.BucketPublicAccessBlock)),
  },
  "S3.5": {
    title: "A bucket is reached by TLS only",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.s3.BucketPolicy, ({ policy }) => unless(statements(policy).some((statement) =>
      statement.Effect === "Deny" && list(statement.Action).includes("s3:*") && list(statement.Resource).length === 2
        && statement.Condition?.["Bool"]?.["aws:SecureTransport"] === "false" && conditionKeys(statement).length === 1),
    "policy must deny s3:* on the bucket and its objects where aws:SecureTransport is \"false\""))],
    stack: has("aws.s3.BucketPolicy", (stack) => stack.of(aws.s3.BucketPolicy)),
  },
  "S3.9": {
    title: "Access to a bucket is logged",
    severity: "medium",
    where: "keptData",
    stack: has("aws.s3.BucketLogging", (stack) => stack.of(aws.s3.BucketLogging)),
  },
  "S3.12": {
    title: "Access to a bucket is granted by policies, not by ACLs",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.s3.BucketOwnershipControls, ({ rule }) =>
      must({ "rule.objectOwnership": rule.objectOwnership }, "BucketOwnerEnforced"))],
    stack: has("aws.s3.BucketOwnershipControls", (stack) => stack.of(aws.s3.BucketOwnershipControls)),
  },
  "S3.13": {
    title: "Objects of a bucket go one day",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.s3.BucketLifecycleConfiguration, ({ rules = [] }) => unless(
      rules.some(({ status, expiration }) => status === "Enabled" && (expiration?.days ?? 0) > 0),
      "rules must hold one that is Enabled and has expiration.days"))],
    stack: has("aws.s3.BucketLifecycleConfiguration", (stack) => stack.of(aws.s3.BucketLifecycleConfiguration)),
  },
  "log-bucket-key": {
    title: "The bucket of the access logs is encrypted with the key of S3, the only one the load balancer can use",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.s3.BucketServerSideEncryptionConfiguration, ({ rules }) => rules.flatMap((rule) =>
      must({ sseAlgorithm: rule.applyServerSideEncryptionByDefault?.sseAlgorithm }, "AES256")))],
    stack: has("aws.s3.BucketServerSideEncryptionConfiguration",
      (stack) => stack.of(aws.s3.BucketServerSideEncryptionConfiguration)),
  },
  "bucket-not-forced": {
    title: "A bucket with objects is not deleted along with the stack",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.s3.Bucket, ({ forceDestroy }) => mustNot({ forceDestroy }, true))],
  },
} satisfies Controls;

interface Companion {
  readonly resource: PolicyResource;
  readonly props: { readonly bucket: string };
}

/** Every bucket has a resource of the type that names it. */
function has(type: string, companions: (stack: Stack) => Companion[]): Control["stack"] {
  return across(function* (stack) {
    const all = companions(stack);
    for (const { resource, props } of stack.of(aws.s3.Bucket)) {
      const own = all.some((companion) => maySame(() => companion.props.bucket, () => props.bucket));
      yield [resource, unless(own, `no ${type} has it as bucket`)];
    }
  });
}
