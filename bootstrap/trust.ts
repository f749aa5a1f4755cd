import { operationsOf, subjectOf } from "../delivery/deployment/deployment-operations";
import { deployedRef, deployWorkflow, gitHubEnvironment, upWorkflows, type Duty } from "../delivery/names";
import type { GitHubRepository } from "../delivery/settings";
import type { Account, Stack } from "./account";
import { policyDocument, type Statement } from "./document";
import type { Identity } from "./identity";

export const gitHubIssuer = "token.actions.githubusercontent.com";
export const pulumiIssuer = "api.pulumi.com/oidc";

/** Only jobs of `deploy.yml` on the main branch. They are in no GitHub environment. */
export function trustOfBuild({ repository }: Account, { gitHubArn }: Identity) {
  return policyDocument([gitHubTrust(gitHubArn, repository, `ref:${deployedRef}`, onMain(repository, [deployWorkflow]))]);
}

/**
 * Who takes the role of a stack's pipeline: whoever deploys the stack, and nobody beside. A preview runs what a pull
 * request brings along, so that neither its branch nor its workflow can be asked for.
 */
export function trustOf(duty: Duty, stack: Stack, account: Account, { gitHubArn, pulumiArn }: Identity) {
  if (stack.deployedBy === "pulumi-deployments") {
    return policyDocument([pulumiTrust(pulumiArn, duty, stack, account)]);
  }
  const environment = gitHubEnvironment(duty, stack.name);
  const { repository } = account;
  return policyDocument([gitHubTrust(gitHubArn, repository, `environment:${environment}`, {
    [`${gitHubIssuer}:environment`]: environment,
    ...duty === "deploy" && onMain(repository, upWorkflows),
  })]);
}

type Claims = Readonly<Record<string, string | string[]>>;

function onMain({ owner, name }: GitHubRepository, workflows: readonly string[]): Claims {
  return {
    [`${gitHubIssuer}:ref`]: deployedRef,
    [`${gitHubIssuer}:job_workflow_ref`]: workflows.map((file) => `${owner}/${name}/${file}@${deployedRef}`),
  };
}

/**
 * By the numbers of owner and repository, which nobody can take over as one can a name that became free. The subject
 * has two forms: that of repositories made, renamed or moved after July 2026 holds the numbers itself.
 */
function gitHubTrust(
  provider: Statement["Resource"], { owner, ownerId, name, id }: GitHubRepository, context: string, claims: Claims,
): Statement {
  return federated(provider, {
    [`${gitHubIssuer}:aud`]: "sts.amazonaws.com",
    [`${gitHubIssuer}:sub`]: [`repo:${owner}/${name}:${context}`, `repo:${owner}@${ownerId}/${name}@${id}:${context}`],
    [`${gitHubIssuer}:repository_id`]: String(id),
    [`${gitHubIssuer}:repository_owner_id`]: String(ownerId),
    ...claims,
  });
}

function pulumiTrust(
  provider: Statement["Resource"], duty: Duty, { name }: Stack, { organization = "" }: Account,
): Statement {
  return federated(provider, {
    [`${pulumiIssuer}:aud`]: organization,
    [`${pulumiIssuer}:sub`]: operationsOf(duty).map((operation) => subjectOf(organization, name, operation)),
  });
}

function federated(provider: Statement["Resource"], claims: Claims): Statement {
  return {
    Effect: "Allow",
    Principal: { Federated: provider as string },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: claims },
  };
}
