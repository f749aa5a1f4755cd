/** Where a stack is: what `Pulumi.<stack>.yaml` says of it. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** What a role of the pipeline does for a stack. */
export type Duty = "preview" | "deploy";

/** Begins the names of all that the pipeline owns. No stack's do: they begin with `accounts-<stack>`. */
const pipeline = "pipeline-accounts";

/** The one repository for images that are built once and promoted; no stack owns it. */
export const imageRepository = "accounts";

/** The role that pushes images, and does nothing else. */
export const buildRole = `${pipeline}-build`;

/** The only branch from which images are built and stacks deployed; AWS refuses the roles for it to every other. */
export const deployedRef = "refs/heads/main";

/** The only file whose jobs may take the role `build`. */
export const deployWorkflow = ".github/workflows/deploy.yml";

/** The files whose jobs may take `deploy`: of a workflow that another one calls, GitHub's token names the called. */
export const upWorkflows = [deployWorkflow, ".github/workflows/up.yml"];

/** Longer than any job that deploys: one that lost its rights in the middle could not even write its state. */
export const deploySessionSeconds = 6 * 3600;

/** Begins the tag of an image that was promoted; no lifecycle rule expires these. */
export const promotedTagPrefix = "promoted-";

/** `promoted-<12 hex digits>`, which a digest has before a stack that keeps data runs it. */
export function promotedTag(digest: string): string {
  return promotedTagPrefix + digest.replace("sha256:", "").slice(0, 12);
}

/** A name, so that no workflow needs a variable for it. */
export function roleOf(duty: Duty, stack: string): string {
  return `${pipeline}-${duty}-${stack}`;
}

export function arnOfRole(role: string, { accountId }: Place): string {
  return `arn:aws:iam::${accountId}:role/${role}`;
}

/**
 * Every role that a deployment of the stack makes must have this policy as its boundary, or the deployment could make
 * itself a role that reads another stack's secrets, or an administrator.
 */
export function permissionsBoundary(stack: string): string {
  return pipelinePolicy("boundary", stack);
}

/** A policy of the pipeline for a stack. */
export function pipelinePolicy(kind: string, stack: string): string {
  return `${pipeline}-${kind}-${stack}`;
}

/** Buckets share one name space among all of AWS's customers: the account makes it ours. */
export function stateBucket({ accountId, region }: Place): string {
  return `${pipeline}-state-${accountId}-${region}`;
}

/** For `PULUMI_BACKEND_URL`. */
export function stateUrl(place: Place): string {
  return `s3://${stateBucket(place)}?region=${place.region}&awssdk=v2`;
}

/** The key of that bucket. */
export const stateKeyAlias = `alias/${pipeline}-state`;

/** The key that encrypts the secrets in a stack's configuration and state. */
export function secretsKeyAlias(stack: string): string {
  return `alias/${pipeline}-secrets-${stack}`;
}

/** For `pulumi stack init --secrets-provider` and the committed `secretsprovider`. */
export function secretsProvider(stack: string, { region }: Place): string {
  return `awskms://${secretsKeyAlias(stack)}?region=${region}&awssdk=v2`;
}

/** The parameter that says what was deployed last, and whether it went well. */
export function deploymentRecord(stack: string): string {
  return `/${pipeline}/${stack}`;
}

/** The name of a job's GitHub environment: part of the subject that AWS trusts. */
export function gitHubEnvironment(duty: Duty, stack: string): string {
  return duty === "preview" ? `preview-${stack}` : stack;
}
