import * as aws from "@pulumi/aws";

import type { secrets } from "../../../policy/controls/secrets";
import { a, document, kept, type Cases, type Inputs } from "../examples";

const parameter = (inputs: Inputs<typeof aws.ssm.Parameter>) => kept(a(aws.ssm.Parameter, inputs));
const secret = (inputs: Inputs<typeof aws.secretsmanager.Secret>) =>
  kept(a(aws.secretsmanager.Secret, inputs, { name: "keys", state: { arn: "arn:keys" } }));
const rotation = (rotationRules: { automaticallyAfterDays?: number }) =>
  kept(a(aws.secretsmanager.SecretRotation, { secretId: "keys-id", rotationRules }));
const reads = (Resource: string) =>
  a(aws.iam.RolePolicy, { policy: document({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource }) });

export const secretCases: Cases<typeof secrets> = {
  "secure-parameters": {
    passes: [
      parameter({ name: "/accounts/dev/service/log-level/1", type: "String", insecureValue: "info" }),
      parameter({ name: "/accounts/dev/token", type: "SecureString" }),
    ],
    fails: [
      [parameter({ name: "/accounts/dev/api-key", type: "SecureString", insecureValue: "x" }),
        /insecureValue of \/accounts\/dev\/api-key looks like a secret/],
      [parameter({ name: "/accounts/dev/url", type: "String", insecureValue: "postgres://me:x@host/db" }),
        /insecureValue of \/accounts\/dev\/url looks/],
      [parameter({ name: "/accounts/dev/password", type: "String" }), /type of \/accounts\/dev\/password must be "SecureString"/],
    ],
  },
  "CKV_AWS_337": {
    passes: [parameter({ type: "SecureString", keyId: "key" }), parameter({ type: "String" })],
    fails: [[parameter({ type: "SecureString" }), /keyId must be set/]],
  },
  "SecretsManager.1": {
    passes: [[...secret({}), a(aws.secretsmanager.SecretRotation, { secretId: "keys-id" })]],
    fails: [
      [secret({}), /no aws\.secretsmanager\.SecretRotation/],
      [[...secret({}), a(aws.secretsmanager.SecretRotation, { secretId: "others" })],
        /no aws\.secretsmanager\.SecretRotation/],
    ],
  },
  "SecretsManager.4": {
    passes: [rotation({ automaticallyAfterDays: 30 })],
    fails: [
      [rotation({ automaticallyAfterDays: 91 }), /automaticallyAfterDays must be 1 to 90, is 91/],
      [rotation({}), /automaticallyAfterDays must be 1 to 90, is 0/],
    ],
  },
  "SecretsManager.3": {
    passes: [[...secret({}), reads("arn:keys")]],
    fails: [secret({}), [...secret({}), reads("arn:others")], [...secret({}), reads("arn:keys-of-others")]].map((example) =>
      [example, /no policy of a role names it/] as const),
  },
  "secret-key": { passes: [secret({ kmsKeyId: "key" })], fails: [[secret({}), /kmsKeyId must be set/]] },
  "secret-recovery": {
    passes: [secret({}), secret({ recoveryWindowInDays: 7 })],
    fails: [[secret({ recoveryWindowInDays: 0 }), /recoveryWindowInDays must be 7 or more, is 0/]],
  },
  "no-secret-values": {
    passes: [secret({})],
    fails: [[kept(a(aws.secretsmanager.SecretVersion, { secretString: "x" })), /puts a value into the state/]],
  },
};
