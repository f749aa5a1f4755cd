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

/** Together they tell the stack from all others, also on AWS's bill. */
export const costTags = { Project: project, Stack: stack };

/** What the tags tell beside project and stack. */
export interface TagArgs {
  readonly environment: string;
  readonly keepsData: boolean;
  /** Empty for no such tag; so is the next. */
  readonly owner: string;
  readonly repository: string;
}

/** On every resource, through the provider's `defaultTags`. */
export function tagsOf({ environment, keepsData, owner, repository }: TagArgs): Record<string, string> {
  return {
    ...costTags,
    Environment: environment,
    ManagedBy: "pulumi",
    // Whoever looks at a resource alone, the policy pack for one, knows by this how much may be asked of it.
    Data: keepsData ? "kept" : "disposable",
    ...owner === "" ? {} : { Owner: owner },
    ...repository === "" ? {} : { Repository: repository },
  };
}

/** `/accounts/prod/service`. */
export function logGroupName(component: string): string {
  return `/${project}/${stack}/${component}`;
}

/** RDS gives its groups this name and no other: `/aws/rds/instance/accounts-prod-1/postgresql`. */
export function databaseLogGroupName(identifier: string, log: string): string {
  return `/aws/rds/instance/${identifier}/${log}`;
}

/** Container Insights writes to this group of a cluster and to no other. */
export function insightsLogGroupName(cluster: string): string {
  return `/aws/ecs/containerinsights/${cluster}/performance`;
}

/** AWS WAF takes a group only if its name begins with `aws-waf-logs-`. */
export const webFirewallLogGroupName = `aws-waf-logs-${prefix}`;

/**
 * All log groups of the stack, with stars, for whoever may use its key. What follows the stack's name is never a star
 * alone: `accounts-dev*` would be the groups of `dev2` as well.
 */
export const logGroupPatterns = [
  logGroupName("*"),
  databaseLogGroupName(`${prefix}-*`, "*"),
  insightsLogGroupName(prefix),
  webFirewallLogGroupName,
];

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
