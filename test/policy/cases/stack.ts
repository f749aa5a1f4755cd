import * as aws from "@pulumi/aws";

import type { stack } from "../../../policy/controls/stack";
import { a, disposable, kept, planned, providerOf, type Cases, type Example } from "../examples";

const provider = (change: object): Example =>
  [planned("pulumi:providers:aws", "aws", { ...providerOf("kept").inputs, ...change })];
const holders = [aws.rds.Instance, aws.kms.Key, aws.secretsmanager.Secret, aws.ecr.Repository, aws.s3.Bucket];
const each = (protect: boolean) =>
  holders.map((type) => a<aws.s3.Bucket, object>(type as typeof aws.s3.Bucket, {}, { protect }));

export const stackCases: Cases<typeof stack> = {
  "own-account": {
    passes: [provider({})],
    fails: [
      [provider({ allowedAccountIds: undefined }), /allowedAccountIds must name the account/],
      [provider({ allowedAccountIds: "[]" }), /allowedAccountIds must name the account/],
    ],
  },
  "data-tag": {
    passes: [[providerOf("kept")], [providerOf("disposable")]],
    fails: [
      [provider({ defaultTags: undefined }), /defaultTags\.tags\.Data must be "kept" or "disposable", is unset/],
      [provider({ defaultTags: JSON.stringify({ tags: { Data: "some" } }) }), /is "some"/],
    ],
  },
  "protected": {
    passes: [kept(...each(true)), kept(...each(true), a(aws.rds.Instance, {}, { name: "old" }))],
    fails: each(false).map((resource) => [kept(resource), /protect must be true, is false/] as const),
  },
  "goes-at-once": {
    passes: [
      disposable(
        a(aws.rds.Instance, { skipFinalSnapshot: true }),
        a(aws.lb.LoadBalancer, {}),
        a(aws.secretsmanager.Secret, { recoveryWindowInDays: 0 }),
        a(aws.ecr.Repository, { forceDelete: true }),
        a(aws.s3.Bucket, { forceDestroy: true }),
      ),
      disposable(
        a(aws.rds.Instance, { skipFinalSnapshot: true }),
        a(aws.rds.Instance, { skipFinalSnapshot: true, deletionProtection: true }, { name: "old", protect: true }),
      ),
    ],
    fails: [
      [disposable(a(aws.rds.Instance, { skipFinalSnapshot: true, deletionProtection: true })),
        /deletionProtection must not be true/],
      [disposable(a(aws.rds.Instance, { skipFinalSnapshot: true }, { protect: true })), /protect must not be true/],
      [disposable(a(aws.rds.Instance, {})), /skipFinalSnapshot must be true/],
      [disposable(a(aws.lb.LoadBalancer, { enableDeletionProtection: true })),
        /enableDeletionProtection must not be true/],
      [disposable(a(aws.secretsmanager.Secret, { recoveryWindowInDays: 30 })), /recoveryWindowInDays must be 0, is 30/],
      [
        disposable(a(aws.secretsmanager.Secret, { recoveryWindowInDays: 0 }, { protect: true })),
        /protect must not be true/,
      ],
      [disposable(a(aws.ecr.Repository, {})), /forceDelete must be true/],
      [disposable(a(aws.s3.Bucket, {})), /forceDestroy must be true/],
    ],
  },
};
