import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { Place } from "../delivery/names";

export type Statement = aws.types.input.iam.PolicyStatement;

/** By operator and key. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

/** The text of a policy of IAM. */
export function policyDocument(statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: [...statements] });
}

/** `arn:aws:<service>:<region>:<account>:<path>`, for each path. */
export function arns(service: string, { region, accountId }: Place, ...paths: string[]): string[] {
  return paths.map((path) => `arn:aws:${service}:${region}:${accountId}:${path}`);
}

/** IAM is in no region. */
export function roleArns({ accountId }: Place, ...names: string[]): string[] {
  return names.map((name) => `arn:aws:iam::${accountId}:role/${name}`);
}

export function policyArn({ accountId }: Place, name: string): string {
  return `arn:aws:iam::${accountId}:policy/${name}`;
}

/** What AWS names by itself is a stack's by the two tags that the program puts on everything. */
export function owned(stack: Named) {
  return { StringEquals: tags("Resource", stack) };
}

/** It is asked for with these two tags. */
export function requested(stack: Named) {
  return { StringEquals: tags("Request", stack) };
}

/** It may have no such tags yet, but never those of somebody else. */
export function ownedOrNew(stack: Named) {
  return { StringEqualsIfExists: tags("Resource", stack) };
}

interface Named {
  readonly name: string;
}

function tags(of: "Request" | "Resource", { name }: Named): Record<string, string> {
  return { [`aws:${of}Tag/Project`]: "accounts", [`aws:${of}Tag/Stack`]: name };
}

/** All conditions have to be met. */
export function allow(
  sid: string, actions: readonly string[], resources: Statement["Resource"], ...conditions: Conditions[]
): Statement {
  const operators = new Set(conditions.flatMap((condition) => Object.keys(condition)));
  const met = [...operators].map((operator) =>
    [operator, Object.assign({}, ...conditions.map((condition) => condition[operator]))]);
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...actions],
    Resource: resources,
    ...met.length > 0 && { Condition: Object.fromEntries(met) },
  };
}
