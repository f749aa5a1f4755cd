/** Where a stack is: what `Pulumi.<stack>.yaml` says of it. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** What a role of the pipeline does for a stack. */
export type Duty = "preview" | "deploy";

/** Begins the names of all that the pipeline owns. What a stack makes begins with `accounts-<stack>`, whatever it is called. */
const pipeline = "pipeline-accounts";

/** The one repository for images that are built once and promoted; no stack owns it. */
export const imageRepository = "accounts";

/** The role that pushes images, and does nothing else. */
export const buildRole = `${pipeline}-build`;

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
  return `${pipeline}-boundary-${stack}`;
}

/** Buckets share one name space among all of AWS's customers: the account makes it ours. */
export function stateBucket({ accountId, region }: Place): string {
  return `${pipeline}-state-${accountId}-${region}`;
}

/** For `PULUMI_BACKEND_URL`. */
export function stateUrl(place: Place): string {
  return `s3://${stateBucket(place)}?region=${place.region}&awssdk=v2`;
}

/** The key that encrypts the secrets in a stack's configuration and state. */
export function secretsKeyAlias(stack: string): string {
  return `alias/${pipeline}-secrets-${stack}`;
}

/** For `pulumi stack init --secrets-provider` and the committed `secretsprovider`. */
export function secretsProvider(stack: string, { region }: Place): string {
  return `awskms://${secretsKeyAlias(stack)}?region=${region}&awssdk=v2`;
}

/** The SSM parameter that says what was deployed last, of which commit, and how it ended: see `record.ts`. */
export function recordParameter(stack: string): string {
  return `/${pipeline}/${stack}`;
}

/** The name of a job's GitHub environment: part of the subject that AWS trusts. */
export function gitHubEnvironment(duty: Duty, stack: string): string {
  return duty === "preview" ? `preview-${stack}` : stack;
}
