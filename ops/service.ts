import {
  DescribeServicesCommand, DescribeTaskDefinitionCommand, ECSClient, ListServicesCommand,
  type Service, type TaskDefinition,
} from "@aws-sdk/client-ecs";

import type { Session } from "./session";

/** The service of the stack's cluster, in which there is no other. */
export async function serviceOf(session: Session): Promise<Service> {
  const { stack, names: { cluster } } = session;
  const ecs = session.client(ECSClient);
  const { serviceArns = [] } = await ecs.send(new ListServicesCommand({ cluster }));
  const { services = [] } = serviceArns.length === 0
    ? {}
    : await ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
  const [service, ...others] = services.filter(({ status }) => status === "ACTIVE");
  if (service === undefined || others.length > 0) {
    throw new Error(`the cluster ${cluster} has ${others.length + (service ? 1 : 0)} services, but must have one: `
      + `is stack ${stack} up?`);
  }
  return service;
}

/** By ARN, or the latest of a family: the one that Pulumi has made last. */
export async function taskDefinition(session: Session, name: string): Promise<TaskDefinition> {
  const question = new DescribeTaskDefinitionCommand({ taskDefinition: name });
  const { taskDefinition: found } = await session.client(ECSClient).send(question);
  if (found === undefined) {
    throw new Error(`ECS described no task definition for ${name}`);
  }
  return found;
}

export function imageOf({ containerDefinitions = [] }: TaskDefinition): string {
  return containerDefinitions[0]?.image ?? "";
}

/** `accounts-dev-service:42`. */
export function shortName(arn: string | undefined): string {
  return arn?.split("/").at(-1) ?? "none";
}

/** Whether the stack builds its image itself, into a repository that is named after it. */
export function isOwnImage(image: string): boolean {
  return /\/accounts-.+-image-[0-9a-f]{6}(:[^@]+)?@/.test(image);
}
