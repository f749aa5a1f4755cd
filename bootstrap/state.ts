import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stateBucket, stateKeyAlias, stateUrl } from "../delivery/names";
import type { Account } from "./account";

/** How long a state that was written over can be had back. */
const oldVersions = { days: 90, kept: 20 };

/** Where Pulumi keeps the state of the account's stacks; nothing with Pulumi Cloud. */
export class State extends pulumi.ComponentResource {
  /** Empty with Pulumi Cloud. */
  readonly url: string;
  /** Undefined with Pulumi Cloud. */
  readonly keyArn: pulumi.Output<string> | undefined;

  constructor(name: string, account: Account, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:bootstrap:State", name, {}, opts);

    const ownBucket = account.organization === undefined;
    this.url = ownBucket ? stateUrl(account) : "";
    this.keyArn = ownBucket ? this.bucket(name, account) : undefined;
    this.registerOutputs({ url: this.url });
  }

  /** Returns the ARN of its key. */
  private bucket(name: string, account: Account): pulumi.Output<string> {
    const key = new aws.kms.Key(name, {
      description: "The state of Pulumi's stacks",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    }, { parent: this, protect: true });
    new aws.kms.Alias(`${name}-alias`, { name: stateKeyAlias, targetKeyId: key.id }, { parent: this });
    const { bucket } = new aws.s3.Bucket(name, { bucket: stateBucket(account) }, { parent: this, protect: true });
    new aws.s3.BucketServerSideEncryptionConfiguration(`${name}-encryption`, {
      bucket,
      // An update writes the state dozens of times; with a bucket key that is not as many calls of KMS.
      rules: [{ bucketKeyEnabled: true, applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn } }],
    }, { parent: this });
    const versioning = new aws.s3.BucketVersioning(`${name}-versioning`, {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    }, { parent: this });
    new aws.s3.BucketLifecycleConfiguration(`${name}-lifecycle`, {
      bucket,
      rules: [{
        id: "old-versions",
        status: "Enabled",
        filter: {},
        noncurrentVersionExpiration: { noncurrentDays: oldVersions.days, newerNoncurrentVersions: oldVersions.kept },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      }],
    }, { parent: this, dependsOn: [versioning] });
    this.closed(name, bucket);
    return key.arn;
  }

  /** One after the other: S3 refuses changes of who may use a bucket while another one is under way. */
  private closed(name: string, bucket: pulumi.Output<string>): void {
    const closed = new aws.s3.BucketPublicAccessBlock(`${name}-public-access`, {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }, { parent: this });
    const policy = new aws.s3.BucketPolicy(`${name}-policy`, {
      bucket,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [{
          Sid: "NothingInPlain",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [pulumi.interpolate`arn:aws:s3:::${bucket}`, pulumi.interpolate`arn:aws:s3:::${bucket}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }],
      }),
    }, { parent: this, dependsOn: [closed] });
    new aws.s3.BucketOwnershipControls(`${name}-ownership`, {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    }, { parent: this, dependsOn: [policy] });
  }
}
