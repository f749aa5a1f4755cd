import * as aws from "@pulumi/aws";

import type { iam } from "../../../policy/controls/iam";
import { a, document, kept, type Cases } from "../examples";

const may = (statement: object) => kept(a(aws.iam.RolePolicy, { policy: document({ Effect: "Allow", ...statement }) }));
const own = { Action: "ssm:GetParameters", Resource: "arn:aws:ssm:eu-west-1:123456789012:parameter/own" };
const trust = (statement: object) => kept(a(aws.iam.Role, {
  assumeRolePolicy: document({ Effect: "Allow", Action: "sts:AssumeRole", ...statement }),
}));
const ours = { StringEquals: { "aws:SourceAccount": "123456789012" } };
const fromOutside = { Action: "sts:AssumeRoleWithWebIdentity", Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/issuer" } };
const open = document({ Sid: "Open", Effect: "Allow", Principal: { AWS: "*" }, Action: "*", Resource: "*" });

export const iamCases: Cases<typeof iam> = {
  "IAM.1": {
    passes: [may(own), kept(a(aws.iam.RolePolicyAttachment, { policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }))],
    fails: [
      [may({ Action: "*", Resource: "*" }), /allows every action/],
      [kept(a(aws.iam.Policy, { policy: document({ Effect: "Allow", Action: ["*:*"], Resource: "*" }) })),
        /allows every action/],
      [kept(a(aws.iam.Role, { inlinePolicies: [{ policy: document({ Effect: "Allow", Action: "*", Resource: "*" }) }] })),
        /allows every action/],
      [kept(a(aws.iam.RolePolicyAttachment, { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" })),
        /attaches AdministratorAccess/],
    ],
  },
  "IAM.21": {
    passes: [may(own), may({ Effect: "Deny", Action: "s3:*", Resource: "*" })],
    fails: ["secretsmanager:*", "s3:*", "application-autoscaling:*", "SSM:*"].map((action) => [
      may({ Action: ["ssm:GetParameters", action], Resource: "x" }), new RegExp(`allows ${action.replace("*", "\\*")}: name the actions`),
    ] as const),
  },
  "IAM.2": {
    passes: [trust({})],
    fails: [[kept(a(aws.iam.User, {})), /is a user/], [kept(a(aws.iam.AccessKey, { user: "me" })), /is a key that does not end/]],
  },
  "grants-name-resources": {
    passes: [may(own), may({ Action: ["ecr:GetAuthorizationToken", "ec2:DescribeVpcs"], Resource: "*" })],
    fails: [
      [may({ Action: ["ssm:GetParameters"], Resource: ["*"] }), /allows ssm:GetParameters on every resource/],
      [may({ Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], Resource: "*" }),
        /allows ecr:GetAuthorizationToken, ecr:BatchGetImage on every/],
      [may({ NotAction: "iam:*", Resource: "x" }), /allows all but what it names: iam:\*/],
      [may({ Action: "s3:GetObject", NotResource: "x" }), /allows all but what it names: s3:GetObject/],
    ],
  },
  "own-policies": {
    passes: [may(own), trust({}),
      kept(a(aws.iam.Policy, {}, { state: { arn: "arn:x" } }), a(aws.iam.RolePolicyAttachment, { policyArn: "arn:x" }))],
    fails: [
      [kept(a(aws.iam.Policy, {}, { state: { arn: "arn:y" } }), a(aws.iam.RolePolicyAttachment, { policyArn: "arn:x" })),
        /attaches arn:x: write an aws\.iam\.RolePolicy/],
      [kept(a(aws.iam.Role, { managedPolicyArns: ["arn:x"] })), /managedPolicyArns holds arn:x/],
    ],
  },
  "trust-is-bound": {
    passes: [
      trust({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Condition: ours }),
      trust({ ...fromOutside, Condition: { StringEquals: { "issuer:aud": "us", "issuer:sub": ["repo:o/r:ref:x"] } } }),
    ],
    fails: [
      [trust({ ...fromOutside, Condition: { StringEquals: { "issuer:aud": "us" } } }), /StringEquals on the token's sub/],
      [trust({ ...fromOutside, Condition: { StringEquals: { "issuer:sub": "repo:o/r:ref:x" } } }), /StringEquals on the token's aud/],
      [trust({ ...fromOutside, Condition: { StringEquals: { "issuer:aud": "us", "issuer:sub": "repo:o/*" } } }), /token's sub, without \*/],
      [trust({ ...fromOutside, Condition: { StringLike: { "issuer:aud": "us", "issuer:sub": "repo:o/r" } } }), /token's sub/],
      [trust({ ...fromOutside, Condition: { StringEquals: { "issuer:aud": "us", "issuer:sub": "repo:o/r?" } } }), /token's sub, without/],
      [trust({ Principal: { Service: "ecs-tasks.amazonaws.com" } }), /must have a condition on aws:SourceAccount/],
      [trust({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Condition: { ArnLike: { "aws:SourceArn": "arn:aws:ecs:*:*:*" } } }),
        /must have a condition on aws:SourceAccount/],
      [trust({ Principal: { AWS: "*" }, Condition: ours }), /lets anybody take the role/],
    ],
  },
  "no-open-resources": {
    passes: [kept(a(aws.s3.BucketPolicy, { policy: document({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }) }))],
    fails: [
      [kept(a(aws.s3.BucketPolicy, { policy: open })), /policy allows anybody: Open/],
      [kept(a(aws.sns.TopicPolicy, { policy: open })), /policy allows anybody: Open/],
      [kept(a(aws.ecr.RepositoryPolicy, { policy: open })), /policy allows anybody: Open/],
      [kept(a(aws.secretsmanager.SecretPolicy, { policy: open })), /policy allows anybody: Open/],
    ],
  },
};
