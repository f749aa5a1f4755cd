import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import { policyDocument, type Statement } from "./document";

export interface PipelineRoleArgs {
  readonly name: string;
  readonly description: string;
  readonly trust: pulumi.Output<string>;
  /** The longest that a job can have its rights. */
  readonly sessionSeconds: number;
  /** In the role itself. */
  readonly statements: readonly Statement[];
  /** Beside it: a role holds 10,240 characters of policies, and each of these 6,144. */
  readonly policies: readonly aws.iam.Policy[];
  readonly permissionsBoundary?: aws.iam.Policy;
}

/** A role that jobs take by its name. */
export function pipelineRole(name: string, args: PipelineRoleArgs, parent: pulumi.Resource): void {
  const role = new aws.iam.Role(name, {
    name: args.name,
    description: args.description,
    assumeRolePolicy: args.trust,
    maxSessionDuration: args.sessionSeconds,
    permissionsBoundary: args.permissionsBoundary?.arn,
  }, { parent });
  new aws.iam.RolePolicy(name, { role: role.name, policy: policyDocument(args.statements) }, { parent });
  for (const [index, policy] of args.policies.entries()) {
    new aws.iam.RolePolicyAttachment(`${name}-${index}`, { role: role.name, policyArn: policy.arn }, { parent });
  }
}

export function managedPolicy(
  name: string, physicalName: string, description: string, statements: readonly Statement[], parent: pulumi.Resource,
): aws.iam.Policy {
  return new aws.iam.Policy(name, { name: physicalName, description, policy: policyDocument(statements) }, { parent });
}
