import * as aws from "@pulumi/aws";

import type { kms } from "../../../policy/controls/kms";
import { a, document, kept, type Cases, type Inputs, type Judged } from "../examples";

const key = (inputs: Inputs<typeof aws.kms.Key>) => kept(a(aws.kms.Key, inputs));

function naming(type: typeof aws.iam.Policy | typeof aws.iam.RolePolicy): Judged {
  const may = (Action: string | string[], Resource?: string, StringEquals?: object) =>
    kept(a<aws.iam.Policy | aws.iam.RolePolicy, aws.iam.RolePolicyArgs>(type, { policy: document({
      Effect: "Allow", Action, Resource, ...StringEquals && { Condition: { StringEquals } },
    }) }));
  const keys = "arn:aws:kms:eu-west-1:123456789012:key/*";
  const tag = { "aws:ResourceTag/Stack": "dev" };
  return {
    passes: [may("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1"), may("kms:DescribeKey", "*"),
      may("kms:Decrypt", keys, { ...tag, "kms:ViaService": "s3.eu-west-1.amazonaws.com" })],
    fails: [
      [may("kms:Decrypt", "*"), /kms:Decrypt is allowed on \*: name the key/],
      [may("kms:Decrypt", keys, tag), /kms:Decrypt is allowed on/],
      [may("kms:Decryp?", keys), /kms:Decryp\? is allowed on/],
      [may(["kms:Re*"], keys), /kms:Re\* is allowed on .*key\/\*/],
      [may("kms:*", "arn:aws:kms:eu-west-1:123456789012:alias/*"), /kms:\* is allowed on .*alias\/\*/],
    ],
  };
}

export const kmsCases: Cases<typeof kms> = {
  "KMS.1": naming(aws.iam.Policy),
  "KMS.2": naming(aws.iam.RolePolicy),
  "KMS.3": {
    passes: [key({}), key({ deletionWindowInDays: 30 })],
    fails: [[key({ deletionWindowInDays: 7 }), /deletionWindowInDays must be 30 or more, is 7/]],
  },
  "KMS.4": {
    passes: [key({ enableKeyRotation: true })],
    fails: [[key({}), /enableKeyRotation must be true, is unset/]],
  },
  "KMS.5": {
    passes: [key({ policy: document({ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" }) })],
    fails: [
      [key({ policy: document({ Effect: "Allow", Principal: "*", Action: "kms:*" }) }),
        /policy allows anybody: kms:\*/],
      [key({ policy: document({ Sid: "Open", Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*" }) }),
        /policy allows anybody: Open/],
      [key({ bypassPolicyLockoutSafetyCheck: true }), /bypassPolicyLockoutSafetyCheck must not be true/],
    ],
  },
};
