import * as aws from "@pulumi/aws";

import { across, atLeast, each, known, maySame, mustBeSet, unless, type Controls } from "../control";
import { looksSecret } from "../secret-looking";

/** Secrets Manager and Parameter Store. */
export const secrets = {
  "secure-parameters": {
    title: "A parameter that looks like a secret is a SecureString",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.ssm.Parameter, (parameter, resource) => {
      const name = known(() => parameter.name) ?? resource.name;
      const value = known(() => parameter.insecureValue, "");
      return [
        unless(value === undefined || !looksSecret(name, value), `insecureValue of ${name} looks like a secret`),
        unless(parameter.type === "SecureString" || !looksSecret(name), `type of ${name} must be "SecureString", by its name`),
      ];
    })],
  },
  "CKV_AWS_337": {
    title: "A SecureString is encrypted with a key of our own",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.ssm.Parameter, (parameter) =>
      parameter.type === "SecureString" ? mustBeSet(parameter, "keyId") : undefined)],
  },
  "SecretsManager.1": {
    title: "Secrets are rotated by Secrets Manager",
    severity: "medium",
    where: "keptData",
    stack: across(function* (stack) {
      const rotations = stack.of(aws.secretsmanager.SecretRotation);
      for (const { resource, props } of stack.of(aws.secretsmanager.Secret)) {
        const rotated = rotations.some((rotation) => maySame(() => rotation.props.secretId, () => props.id));
        yield [resource, unless(rotated, "no aws.secretsmanager.SecretRotation has it as secretId")];
      }
    }),
  },
  "SecretsManager.4": {
    title: "A rotation comes every 90 days or sooner",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.secretsmanager.SecretRotation, ({ rotationRules }) => {
      const days = rotationRules?.automaticallyAfterDays ?? 0;
      return unless(days > 0 && days <= 90, `rotationRules.automaticallyAfterDays must be 1 to 90, is ${days}`);
    })],
  },
  "SecretsManager.3": {
    title: "Every secret is read by somebody",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      const policies = stack.of(aws.iam.RolePolicy).map(({ props }) => known(() => props.policy));
      for (const { resource, props } of stack.of(aws.secretsmanager.Secret)) {
        const arn = known(() => props.arn);
        const read = arn === undefined || policies.some((policy) => policy?.includes(`"${arn}"`) ?? true);
        yield [resource, unless(read, "no policy of a role names it")];
      }
    }),
  },
  "secret-key": {
    title: "Secrets are encrypted with a key of our own",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.secretsmanager.Secret, (secret) => mustBeSet(secret, "kmsKeyId"))],
  },
  "secret-recovery": {
    title: "A deleted secret can be had back for a week or more",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.secretsmanager.Secret, ({ recoveryWindowInDays = 30 }) =>
      atLeast(7, { recoveryWindowInDays }))],
  },
  "no-secret-values": {
    title: "No secret's value is in the program or in Pulumi's state",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.secretsmanager.SecretVersion, () => "aws.secretsmanager.SecretVersion puts a value into the state: let a task fill the secret")],
  },
} satisfies Controls;
