import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { RoleScope } from "./roles";

export interface AccessLogsArgs extends RoleScope {
  readonly days: number;
  /** Refuses the deletion of the bucket by Pulumi, and of any bucket that still holds lines. */
  readonly protect: boolean;
}

export interface AccessLogs {
  readonly bucketName: pulumi.Output<string>;
  /** The load balancer writes an object as soon as it is told of the bucket, and fails if it may not. */
  readonly ready: pulumi.Resource;
}

/** Where the load balancer leaves a line for each request. No object is written twice, so none has versions. */
export function accessLogs(name: string, args: AccessLogsArgs, parent: pulumi.Resource): AccessLogs {
  const bucket = new aws.s3.Bucket(name, { forceDestroy: !args.protect }, { parent, protect: args.protect });
  const bucketName = bucket.bucket;
  new aws.s3.BucketServerSideEncryptionConfiguration(`${name}-encryption`, {
    bucket: bucketName,
    // S3's own key: the load balancer can use no other, and would deliver nothing.
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  }, { parent });
  new aws.s3.BucketLifecycleConfiguration(`${name}-lifecycle`, {
    bucket: bucketName,
    rules: [{
      id: "expire",
      status: "Enabled",
      filter: {},
      expiration: { days: args.days },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    }],
  }, { parent });

  // One after the other: S3 refuses changes of who may use a bucket while another one is under way.
  const closed = new aws.s3.BucketPublicAccessBlock(`${name}-public-access`, {
    bucket: bucketName,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  }, { parent });
  const ready = new aws.s3.BucketPolicy(`${name}-policy`, {
    bucket: bucketName,
    policy: pulumi.jsonStringify(deliveryOnly(bucket.arn, args)),
  }, { parent, dependsOn: [closed] });
  new aws.s3.BucketOwnershipControls(`${name}-ownership`, {
    bucket: bucketName,
    rule: { objectOwnership: "BucketOwnerEnforced" },
  }, { parent, dependsOn: [ready] });
  return { bucketName, ready };
}

/** Elastic Load Balancing may add lines of this account's load balancers; whoever reads them comes by TLS. */
function deliveryOnly(bucketArn: pulumi.Output<string>, { region, accountId }: AccessLogsArgs) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "LinesOfThisAccount",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
        Condition: {
          ArnLike: { "aws:SourceArn": `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/*` },
        },
      },
      {
        Sid: "NothingInPlain",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
