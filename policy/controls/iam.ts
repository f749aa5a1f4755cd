import * as aws from "@pulumi/aws";
import type { ResourceValidation } from "@pulumi/policy";

import { across, each, maySame, unless, type Complaints, type Controls, type Verdict } from "../control";
import { allowing, anybody, conditionKeys, federated, label, list, type Statement } from "../documents";
import { withoutResource } from "../without-resource";

/** Roles, policies, and the policies of resources. */
export const iam = {
  "IAM.1": {
    title: "Nobody may do everything",
    severity: "high",
    where: "everywhere",
    resource: [
      ...grants((statement) => unless(!list(statement.Action).some((action) => /^\*(:\*)?$/.test(action)), "allows every action")),
      each(aws.iam.RolePolicyAttachment, ({ policyArn }) =>
        unless(!policyArn.endsWith(":policy/AdministratorAccess"), "attaches AdministratorAccess")),
    ],
  },
  "IAM.21": {
    title: "Nobody may do everything with a service",
    severity: "low",
    where: "everywhere",
    resource: grants((statement) => list(statement.Action).filter((action) => /^[a-z0-9-]+:\*$/i.test(action))
      .map((action) => `allows ${action}: name the actions`)),
  },
  "IAM.2": {
    title: "There are no users and no long-lived keys, only roles",
    severity: "low",
    where: "everywhere",
    resource: [
      each(aws.iam.User, () => "is a user: make a role"),
      each(aws.iam.AccessKey, () => "is a key that does not end: make a role"),
    ],
  },
  "grants-name-resources": {
    title: "A right is a right to resources that are named",
    severity: "medium",
    where: "everywhere",
    resource: grants((statement) => [
      unless(!list(statement.Resource).includes("*") || list(statement.Action).every((action) => withoutResource.includes(action)),
        `allows ${label(statement)} on every resource`),
      unless(statement.NotAction === undefined && statement.NotResource === undefined,
        `allows all but what it names: ${label(statement)}`),
    ]),
  },
  "own-policies": {
    title: "Roles have policies of this program, which its tests know, and no others",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      const policies = stack.of(aws.iam.Policy);
      for (const { resource, props } of stack.of(aws.iam.RolePolicyAttachment)) {
        const own = policies.some((policy) => maySame(() => policy.props.arn, () => props.policyArn));
        yield [resource, own ? undefined : `attaches ${props.policyArn}: write an aws.iam.RolePolicy, or an aws.iam.Policy`];
      }
    }),
    resource: [
      each(aws.iam.Role, ({ managedPolicyArns = [] }) => managedPolicyArns.map((arn) => `managedPolicyArns holds ${arn}: write an aws.iam.RolePolicy`)),
    ],
  },
  "trust-is-bound": {
    title: "A service takes a role on behalf of this account only, and somebody from outside only where the token says who it is",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.iam.Role, ({ assumeRolePolicy }) => allowing(assumeRolePolicy).flatMap((statement) => [
      unless(!anybody(statement), "assumeRolePolicy lets anybody take the role"),
      ...federated(statement).length > 0 ? boundToSubject(statement) : [unless(conditionKeys(statement).includes("aws:sourceaccount"),
        "assumeRolePolicy must have a condition on aws:SourceAccount: otherwise another account may use the service to take the role")],
    ]))],
  },
  "no-open-resources": {
    title: "No policy of a resource lets anybody in",
    severity: "critical",
    where: "everywhere",
    resource: [
      each(aws.s3.BucketPolicy, ({ policy }) => letsNobodyIn(policy)),
      each(aws.sns.TopicPolicy, ({ policy }) => letsNobodyIn(policy)),
      each(aws.ecr.RepositoryPolicy, ({ policy }) => letsNobodyIn(policy)),
      each(aws.secretsmanager.SecretPolicy, ({ policy }) => letsNobodyIn(policy)),
    ],
  },
} satisfies Controls;

function grants(judge: (statement: Statement) => Verdict): ResourceValidation[] {
  const document = (policy: unknown): Verdict => allowing(policy).flatMap((statement) => judge(statement));
  return [
    each(aws.iam.Policy, ({ policy }) => document(policy)),
    each(aws.iam.RolePolicy, ({ policy }) => document(policy)),
    each(aws.iam.Role, ({ inlinePolicies = [] }) => inlinePolicies.flatMap(({ policy }) => document(policy))),
  ];
}

/** An issuer gives tokens to everybody: which one, for whom, must be said to the letter. */
function boundToSubject(statement: Statement): Complaints {
  const exact = Object.entries(statement.Condition?.["StringEquals"] ?? {});
  return ["aud", "sub"].map((claim) => {
    const [, values] = exact.find(([key]) => key.endsWith(`:${claim}`)) ?? [];
    return unless(values !== undefined && !list(values).some((value) => /[*?]/.test(value)),
      `assumeRolePolicy must have a StringEquals on the token's ${claim}, without * and ?: otherwise others' tokens open it as well`);
  });
}

function letsNobodyIn(policy: unknown): Verdict {
  return allowing(policy).filter(anybody).map((statement) => `policy allows anybody: ${label(statement)}`);
}
