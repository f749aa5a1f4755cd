import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Where the roles live: policies name exact ARNs, and trust is bound to this account and region. */
export interface RoleScope {
  readonly region: string;
  readonly accountId: string;
  /** A policy's name, or its ARN: the most that the roles can be given. Empty for no such limit. */
  readonly permissionsBoundary: string;
}

export type Statement = aws.types.input.iam.PolicyStatement;

/** A role that only ECS tasks of this account and region may take. */
export function taskRole(name: string, scope: RoleScope, parent: pulumi.Resource): aws.iam.Role {
  return serviceRole(name, "ecs-tasks", `arn:aws:ecs:${scope.region}:${scope.accountId}:*`, scope, parent);
}

/**
 * A role that one of AWS's services may take, on behalf of `sourceArn` (with stars) in this account only: others could
 * talk the service into it (the confused deputy).
 */
export function serviceRole(
  name: string, service: string, sourceArn: pulumi.Input<string>,
  { accountId, permissionsBoundary }: RoleScope, parent: pulumi.Resource,
): aws.iam.Role {
  return new aws.iam.Role(name, {
    assumeRolePolicy: pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: { Service: `${service}.amazonaws.com` },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: { "aws:SourceArn": sourceArn },
        },
      }],
    }),
    permissionsBoundary: /^(arn:.*)?$/.test(permissionsBoundary)
      ? permissionsBoundary || undefined
      : `arn:aws:iam::${accountId}:policy/${permissionsBoundary}`,
  }, { parent });
}

export function rolePolicy(
  name: string, role: aws.iam.Role, statements: Statement[], parent: pulumi.Resource,
): aws.iam.RolePolicy {
  return new aws.iam.RolePolicy(name, {
    role: role.name,
    policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements }),
  }, { parent });
}

/** The key, but only through the service named: nobody decrypts with it by hand. */
export function useKey(
  keyArn: pulumi.Input<string>, actions: string[], service: string, { region }: RoleScope,
): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } },
  };
}
