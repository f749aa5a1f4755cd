import { createHash } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

/** The stack this program runs for: the only place that asks. It names things; it never decides anything. */
const stack = pulumi.getStack();
const project = pulumi.getProject();

// RDS takes no other characters in an identifier, IAM no longer role names.
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(stack) || stack.length > 30) {
  throw new pulumi.RunError(
    `the stack is called "${stack}", but AWS's names allow lower-case letters, digits and single dashes, 30 at most: ` +
    "choose another name with `pulumi stack init`",
  );
}

/** Begins every name that a person types: `accounts-prod`. */
export const prefix = `${project}-${stack}`;

/** On every resource, through the provider's `defaultTags`. */
export const tags = { Project: project, Stack: stack, ManagedBy: "pulumi" };

/** `/accounts/prod/service`. */
export function logGroupName(component: string): string {
  return `/${project}/${stack}/${component}`;
}

/** `/accounts/prod/service/log-level/3f2a91bc` or `/accounts/prod/migration`. */
export function parameterName(...path: string[]): string {
  return ["", project, stack, ...path].join("/");
}

/** Of the service's own metrics in CloudWatch: `accounts/prod`. */
export const metricsNamespace = `${project}/${stack}`;

/** `accounts/prod/service/api-keys`; a person reads these by name. */
export function secretName(area: string, key: string): string {
  return `${project}/${stack}/${area}/${key}`;
}

/** A restore makes the next generation beside the old instance, so the name says which one it is. */
export function databaseIdentifier(generation: number): string {
  return `${prefix}-${generation}`;
}

/** Eight hex digits that change with the value. */
export function shortHash(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 8);
}
