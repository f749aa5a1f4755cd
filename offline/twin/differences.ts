import { dirname } from "node:path";

import type { ContainerDefinition } from "../stand-ins/ecs-shapes";

/** What this computer has in the place of what the plan names. */
export interface Surroundings {
  readonly caFile: string;
  readonly secretsUrl: string;
  /** Port of this task, for a container that listens. */
  readonly port: number;
  readonly taskId: string;
}

interface Difference {
  readonly variable: string;
  /** Why this computer cannot do as the plan says. */
  readonly reason: string;
  readonly value: (here: Surroundings) => string;
}

/** In the place of what the plan tells a container; only where it tells it at all. */
const changed: readonly Difference[] = [
  { variable: "HOST", reason: "nobody else on the network is to reach the tasks", value: () => "127.0.0.1" },
  { variable: "PORT", reason: "all tasks share one address here", value: ({ port }) => String(port) },
  { variable: "TRUSTED_PROXY_CIDR", reason: "the load balancer is on this computer", value: () => "127.0.0.0/8" },
  { variable: "DATABASE_CA_FILE", reason: "the database's certificate is of an own CA", value: ({ caFile }) => caFile },
  { variable: "DRAIN_SECONDS", reason: "the load balancer stops first, so there is nobody to wait for", value: () => "0" },
];

/** Beside what the plan tells a container: what Fargate or the image would bring. */
const added: readonly Difference[] = [
  { variable: "PATH", reason: "Node is where it is installed", value: () => dirname(process.execPath) },
  { variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER", reason: "Secrets Manager is on this computer", value: ({ secretsUrl }) => secretsUrl },
  { variable: "AWS_ACCESS_KEY_ID", reason: "no task role; the task's id, so that its calls are known", value: ({ taskId }) => taskId },
  { variable: "AWS_SECRET_ACCESS_KEY", reason: "no task role", value: () => "of-the-twin" },
  { variable: "AWS_CONFIG_FILE", reason: "the developer's own AWS settings stay out", value: () => "/dev/null" },
  { variable: "AWS_SHARED_CREDENTIALS_FILE", reason: "the developer's own AWS account stays out", value: () => "/dev/null" },
];

/** The closed list of what a task is told otherwise than by the plan, for a person to read. */
export const differences: readonly { readonly variable: string; readonly reason: string }[] = [...changed, ...added];

/** What a container is told here instead of, or beside, what its definition says. */
export function environmentHere(container: ContainerDefinition, here: Surroundings): Record<string, string> {
  const told = new Set([...container.environment ?? [], ...container.secrets ?? []].map(({ name }) => name));
  const applied = [...changed.filter(({ variable }) => told.has(variable)), ...added];
  return Object.fromEntries(applied.map(({ variable, value }) => [variable, value(here)]));
}
