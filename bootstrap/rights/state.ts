import type * as pulumi from "@pulumi/pulumi";

import { deploymentRecord, stateBucket, type Duty } from "../../delivery/names";
import type { Stack } from "../account";
import { allow, arns, type Statement } from "../document";

export interface StateRights {
  /** Of the bucket's key; undefined with Pulumi Cloud, which keeps the state itself. */
  readonly stateKeyArn: pulumi.Input<string> | undefined;
  readonly secretsKeyArn: pulumi.Input<string>;
}

/** Pulumi's own: the state of this stack, its secrets, and the record of what was deployed. */
export function stateRights(duty: Duty, stack: Stack, { stateKeyArn, secretsKeyArn }: StateRights): Statement[] {
  return [
    allow("SecretsOfTheStack", ["kms:Decrypt"], secretsKeyArn),
    ...stateKeyArn === undefined ? [] : bucketRights(duty, stack, stateKeyArn),
    ...duty === "preview" ? [] : [allow("Record", ["ssm:PutParameter"], arns("ssm", stack, `parameter${deploymentRecord(stack.name)}`))],
  ];
}

function bucketRights(duty: Duty, stack: Stack, keyArn: pulumi.Input<string>): Statement[] {
  const bucket = `arn:aws:s3:::${stateBucket(stack)}`;
  const write = duty === "deploy";
  const throughS3 = { StringEquals: { "kms:ViaService": `s3.${stack.region}.amazonaws.com` } };
  return [
    // Without it, AWS says of a file that is not there that it is forbidden, which ends Pulumi.
    allow("ListState", ["s3:ListBucket"], bucket),
    allow("LayoutOfState", ["s3:GetObject"], `${bucket}/.pulumi/meta.yaml`),
    // No version is ever deleted: what was written over can be had back.
    allow("State", ["s3:GetObject", ...write ? ["s3:DeleteObject", "s3:PutObject"] : []],
      pathsOf(stack.name).map((path) => `${bucket}/.pulumi/${path}`)),
    allow("KeyOfState", ["kms:Decrypt", ...write ? ["kms:GenerateDataKey"] : []], keyArn, throughS3),
  ];
}

/** What Pulumi keeps of a stack. The checkpoint may be compressed, and has a copy beside it. */
export function pathsOf(stack: string): string[] {
  return [
    `stacks/accounts/${stack}.json*`, `stacks/accounts/${stack}.pulumi-tags`,
    ...["backups", "history", "journal"].map((kind) => `${kind}/accounts/${stack}/*`),
    `locks/organization/accounts/${stack}/*`,
  ];
}
