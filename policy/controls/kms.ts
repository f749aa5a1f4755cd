import * as aws from "@pulumi/aws";

import { atLeast, each, mustNot, must, unless, type Controls, type Verdict } from "../control";
import { allowing, anybody, conditionKeys, label, list, type Statement } from "../documents";

/** Keys, and who may use them. */
export const kms = {
  "KMS.1": {
    title: "No managed policy lets decrypt with every key",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.iam.Policy, ({ policy }) => namesKeys(policy))],
  },
  "KMS.2": {
    title: "No role may decrypt with every key",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.iam.RolePolicy, ({ policy }) => namesKeys(policy))],
  },
  "KMS.3": {
    title: "A deleted key can be had back for as long as AWS lets it",
    severity: "critical",
    where: "keptData",
    resource: [each(aws.kms.Key, ({ deletionWindowInDays = 30 }) => atLeast(30, { deletionWindowInDays }))],
  },
  "KMS.4": {
    title: "Keys are rotated",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.kms.Key, ({ enableKeyRotation }) => must({ enableKeyRotation }, true))],
  },
  "KMS.5": {
    title: "Nobody outside of the account may use a key",
    severity: "critical",
    where: "everywhere",
    resource: [each(aws.kms.Key, ({ policy, bypassPolicyLockoutSafetyCheck }) => [
      ...allowing(policy).filter(anybody).map((statement) => `policy allows anybody: ${label(statement)}`),
      mustNot({ bypassPolicyLockoutSafetyCheck }, true),
    ].flat())],
  },
} satisfies Controls;

const decrypting = ["kms:decrypt", "kms:reencryptfrom"];

function namesKeys(policy: unknown): Verdict {
  return allowing(policy)
    .filter(({ Action }) => list(Action).some((action) => decrypting.some((name) => matches(action, name))))
    .flatMap((statement) => list(statement.Resource ?? "*").map((resource) =>
      unless(!/^\*$|:(key|alias)\/\*$/.test(resource) || boundOtherwise(statement),
        `${label(statement)} is allowed on ${resource}: name the key`)));
}

/** Of a key that is not there yet, nobody knows the ARN: then by its tags, and through a service only. */
function boundOtherwise(statement: Statement): boolean {
  const keys = conditionKeys(statement);
  return keys.includes("aws:resourcetag/stack") && keys.includes("kms:viaservice");
}

/** Whether an action of a policy, which may hold wildcards, takes in another. */
function matches(pattern: string, action: string): boolean {
  const source = pattern.toLowerCase().replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(action);
}
