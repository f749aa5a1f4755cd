import type { Duty } from "../names";

/**
 * What Pulumi Deployments call what they run: in `PULUMI_CI_OPERATION`, and in the subject of the token by which a run
 * proves what it is. A refresh only reads from AWS. A stack is destroyed, and a difference taken back, by people.
 */
const duties: Readonly<Record<string, Duty>> = {
  "preview": "preview",
  "refresh": "preview",
  "detect-drift": "preview",
  "update": "deploy",
};

/** Which role an operation needs. */
export function dutyOf(operation: string): Duty {
  const duty = Object.hasOwn(duties, operation) ? duties[operation] : undefined;
  if (duty === undefined) {
    const known = Object.keys(duties).join(", ");
    throw new Error(`Pulumi Deployments do not ${operation} a stack of this project, only ${known}: do it from a shell`);
  }
  return duty;
}

/** Whose token a role trusts. */
export function operationsOf(duty: Duty): string[] {
  return Object.keys(duties).filter((operation) => duties[operation] === duty);
}

/** The subject of a run's token, as AWS compares it. */
export function subjectOf(organization: string, stack: string, operation: string): string {
  return `pulumi:deploy:org:${organization}:project:accounts:stack:${stack}:operation:${operation}:scope:write`;
}
