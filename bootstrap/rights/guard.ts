import { imageRepository, permissionsBoundary, stateBucket } from "../../delivery/names";
import type { Stack } from "../account";
import { arns, policyArn, roleArns, type Statement } from "../document";
import { bucketArn } from "./read";
import { pathsOf } from "./state";

/**
 * The boundary of the role that deploys. It grants nothing; it holds whatever rights are added to the role later, by a
 * new type of resource in `infra/`: nothing in it makes an administrator, or reaches beyond the stack.
 */
export function guard(stack: Stack): Statement[] {
  const { name } = stack;
  const boundary = policyArn(stack, permissionsBoundary(name));
  const state = `arn:aws:s3:::${stateBucket(stack)}`;
  return [
    { Sid: "WhatTheRoleMay", Effect: "Allow", Action: services.map((service) => `${service}:*`), Resource: "*" },
    {
      // Neither its own role nor the pipelines' others, no policy, no user, no OIDC provider.
      Sid: "RolesOfTheStackOnly",
      Effect: "Deny",
      Action: "iam:*",
      NotResource: roleArns(stack, `accounts-${name}-*`, "aws-service-role/*"),
    },
    {
      Sid: "RolesWithinTheBoundary",
      Effect: "Deny",
      Action: ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
      Resource: "*",
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": boundary } },
    },
    { Sid: "BoundaryStays", Effect: "Deny", Action: ["iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"], Resource: "*" },
    {
      Sid: "StateOfTheStackOnly",
      Effect: "Deny",
      Action: "s3:*",
      NotResource: [
        bucketArn(stack), `${bucketArn(stack)}/*`, state,
        ...["meta.yaml", ...pathsOf(name)].map((path) => `${state}/.pulumi/${path}`),
      ],
    },
    { Sid: "LayoutOfStateStays", Effect: "Deny", Action: ["s3:DeleteObject", "s3:PutObject"], Resource: `${state}/.pulumi/meta.yaml` },
    {
      Sid: "BucketOfStateStays",
      Effect: "Deny",
      Action: ["s3:DeleteBucket*", "s3:DeleteObjectVersion*", "s3:PutBucket*", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"],
      Resource: [state, `${state}/*`],
    },
    // What another stack, or the preparation of the account, has tagged as its own.
    keysOf("Project", "accounts", stack),
    keysOf("Stack", name, stack),
    {
      Sid: "ImagesOfAll",
      Effect: "Deny",
      Action: ["ecr:BatchDeleteImage", "ecr:Delete*", "ecr:Put*", "ecr:SetRepositoryPolicy", "ecr:UploadLayerPart"],
      Resource: arns("ecr", stack.images, `repository/${imageRepository}`),
    },
    { Sid: "NoOtherIdentity", Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" },
    ...stack.keepsData ? [dataStays(stack)] : [],
  ];
}

/** Neither their policies nor their tags, by which they could become its own. */
function keysOf(tag: string, own: string, stack: Stack): Statement {
  return {
    Sid: `KeysOfOther${tag}s`,
    Effect: "Deny",
    Action: ["kms:CreateGrant", "kms:Disable*", "kms:Put*", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource"],
    Resource: arns("kms", stack, "key/*"),
    Condition: { StringNotEquals: { [`aws:ResourceTag/${tag}`]: own }, Null: { [`aws:ResourceTag/${tag}`]: "false" } },
  };
}

/** Everything the program is made of. */
const services = [
  "acm", "application-autoscaling", "budgets", "cloudwatch", "ec2", "ecr", "ecs", "elasticloadbalancing", "events", "iam",
  "kms", "logs", "rds", "route53", "s3", "scheduler", "secretsmanager", "sns", "ssm", "wafv2",
];

/** A person with other rights deletes what cannot be made again. */
function dataStays(stack: Stack): Statement {
  return {
    Sid: "DataStays",
    Effect: "Deny",
    Action: [
      "kms:DisableKey", "kms:ScheduleKeyDeletion", "rds:DeleteDBInstanceAutomatedBackup", "rds:DeleteDBSnapshot",
      "rds:ModifyDBSnapshotAttribute", "s3:DeleteObjectVersion",
    ],
    Resource: [
      ...arns("kms", stack, "key/*"), ...arns("rds", stack, "auto-backup:*", "snapshot:*"), `${bucketArn(stack)}/*`,
    ],
  };
}
