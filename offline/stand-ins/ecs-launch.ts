import type { AwsService } from "./aws-json";
import type { ContainerProcessArgs } from "./ecs-container";
import { resolveSecrets } from "./ecs-secrets";
import { taskIdOf, type ContainerDefinition, type ContainerOverride, type Task } from "./ecs-shapes";
import type { Logs } from "./logs";

/** What tasks need of the computer that they run on. */
export interface TaskHost {
  readonly logs: Logs;
  /** Where `secrets` of containers are read, recorded with the AWS_ACCESS_KEY_ID of the container. */
  readonly secrets: Pick<AwsService, "call">;
  /** The folder of this computer that stands for the image's working directory. */
  readonly directoryOf: (task: Task, container: ContainerDefinition) => string;
  /** What a container is told here beside, or instead of, what its definition says; also PATH, which images set. */
  readonly environmentOf: (task: Task, container: ContainerDefinition) => Readonly<Record<string, string>>;
  /** Takes each line that a container writes. */
  readonly onLine?: (task: Task, container: ContainerDefinition, line: string) => void;
  /** Called when a task is pending, runs, is stopping, has stopped. */
  readonly onChange?: (task: Task) => void;
}

/** ECS's own, when the container definition says nothing. */
const defaultStopTimeoutSeconds = 30;

/** What ECS does before it starts a container, and what may fail: open its log stream, read its secrets. */
export async function prepareContainer(
  host: TaskHost, task: Task, container: ContainerDefinition, override: ContainerOverride | undefined,
): Promise<Omit<ContainerProcessArgs, "processFile">> {
  const log = openLog(host.logs, task, container);
  const here = host.environmentOf(task, container);
  const secrets = await resolveSecrets(container.secrets ?? [], host.secrets, here["AWS_ACCESS_KEY_ID"] ?? "");
  const variables = [...container.environment ?? [], ...override?.environment ?? []];
  return {
    command: [...container.entryPoint ?? [], ...override?.command ?? container.command ?? []],
    directory: host.directoryOf(task, container),
    environment: { ...Object.fromEntries(variables.map(({ name, value }) => [name, value])), ...secrets, ...here },
    stopTimeoutSeconds: container.stopTimeout ?? defaultStopTimeoutSeconds,
    onLine: (line) => {
      log(line);
      host.onLine?.(task, container, line);
    },
  };
}

function openLog(logs: Logs, task: Task, container: ContainerDefinition): (line: string) => void {
  const { logDriver, options = {} } = container.logConfiguration ?? {};
  if (logDriver !== "awslogs") {
    return () => undefined;
  }
  const group = options["awslogs-group"] ?? "";
  const stream = `${options["awslogs-stream-prefix"]}/${container.name}/${taskIdOf(task)}`;
  try {
    logs.createStream(group, stream, { createGroup: options["awslogs-create-group"] === "true" });
  } catch (error) {
    throw new Error("ResourceInitializationError: failed to validate logger args: failed to create Cloudwatch log stream in "
      + `${group}: ${(error as Error).name}: ${(error as Error).message}`);
  }
  return (line) => logs.append(group, stream, line);
}
