import { isDeepStrictEqual } from "node:util";

import { AwsError, type AwsOperations } from "./aws-json";
import type { ContainerOverride, Task, TaskDefinition } from "./ecs-shapes";
import type { EcsTasks } from "./ecs-tasks";

interface RunTaskInput {
  readonly cluster?: string;
  readonly taskDefinition: string;
  readonly count?: number;
  readonly group?: string;
  readonly startedBy?: string;
  readonly clientToken?: string;
  readonly overrides?: { readonly containerOverrides?: readonly ContainerOverride[] };
  readonly networkConfiguration?: object;
}

interface ListTasksInput {
  readonly cluster?: string;
  readonly family?: string;
  readonly startedBy?: string;
  readonly serviceName?: string;
  readonly desiredStatus?: "RUNNING" | "PENDING" | "STOPPED";
}

type Tokens = Map<string, { readonly input: RunTaskInput; readonly tasks: readonly Task[] }>;

const mostTasksOfRun = 10;
const mostTasksOfDescription = 100;
const target = (operation: string): string => `AmazonEC2ContainerServiceV20141113.${operation}`;

/** The operations of ECS that deal with tasks. */
export function taskOperations(tasks: EcsTasks): AwsOperations {
  const tokens: Tokens = new Map();
  return {
    [target("RunTask")]: (input: RunTaskInput) => runTaskOnce(tasks, tokens, input),
    [target("DescribeTasks")]: (input: { cluster?: string; tasks: string[] }) => describeTasks(tasks, input),
    [target("ListTasks")]: (input: ListTasksInput) => listTasks(tasks, input),
    [target("StopTask")]: (input: { cluster?: string; task: string; reason?: string }) => {
      const running = tasks.find(tasks.clusterArn(input.cluster), input.task);
      if (running === undefined) {
        throw invalid("The referenced task was not found.");
      }
      void running.stop("UserInitiated", input.reason ?? "Task stopped by user");
      return { task: running.task };
    },
  };
}

/** The same token means the same request: its tasks are returned, and no further ones are started. */
function runTaskOnce(tasks: EcsTasks, tokens: Tokens, input: RunTaskInput): object {
  const earlier = input.clientToken === undefined ? undefined : tokens.get(input.clientToken);
  if (earlier !== undefined && !isDeepStrictEqual(earlier.input, input)) {
    const resourceIds = earlier.tasks.map(({ taskArn }) => taskArn);
    throw new AwsError("ConflictException", "The clientToken has been used in an earlier request with other parameters.", {
      resourceIds,
    });
  }
  const started = earlier?.tasks ?? runTask(tasks, input);
  if (input.clientToken !== undefined) {
    tokens.set(input.clientToken, { input, tasks: started });
  }
  return { tasks: started, failures: [] };
}

function runTask(tasks: EcsTasks, input: RunTaskInput): Task[] {
  const { count = 1, overrides: { containerOverrides: overrides = [] } = {} } = input;
  const clusterArn = tasks.clusterArn(input.cluster);
  const definition = tasks.definition(input.taskDefinition);
  if (count < 1 || count > mostTasksOfRun) {
    throw invalid(`count must be between 1 and ${mostTasksOfRun}`);
  }
  if (definition.networkMode === "awsvpc" && input.networkConfiguration === undefined) {
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  checkOverrides(overrides, definition);
  const { group = `family:${definition.family}`, startedBy } = input;
  return Array.from({ length: count }, () => (
    tasks.start({ clusterArn, definition, group, startedBy, overrides }).task
  ));
}

function checkOverrides(overrides: readonly ContainerOverride[], definition: TaskDefinition): void {
  const known = definition.containerDefinitions.map(({ name }) => name);
  const unknown = overrides.find(({ name }) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Override for container named ${unknown.name} is not a container in the TaskDefinition.`);
  }
}

function describeTasks(tasks: EcsTasks, input: { cluster?: string; tasks: string[] }): object {
  const clusterArn = tasks.clusterArn(input.cluster);
  if (input.tasks.length === 0) {
    throw invalid("Tasks cannot be empty.");
  }
  if (input.tasks.length > mostTasksOfDescription) {
    throw invalid(`at most ${mostTasksOfDescription} tasks can be described at a time`);
  }
  const found = input.tasks.map((id) => ({ id, task: tasks.find(clusterArn, id)?.task }));
  return {
    tasks: found.flatMap(({ task }) => task ?? []),
    failures: found.filter(({ task }) => task === undefined)
      .map(({ id }) => ({ arn: tasks.taskArn(clusterArn, id), reason: "MISSING" })),
  };
}

function listTasks(tasks: EcsTasks, input: ListTasksInput): object {
  const { family, startedBy, serviceName, desiredStatus = "RUNNING" } = input;
  if ([family, startedBy, serviceName].filter((filter) => filter !== undefined).length > 1) {
    throw invalid("family, startedBy and serviceName cannot be combined");
  }
  const clusterArn = tasks.clusterArn(input.cluster);
  const listed = tasks.all.filter(({ task, definition }) => task.clusterArn === clusterArn
    && task.desiredStatus === desiredStatus
    && (family === undefined || definition.family === family)
    && (startedBy === undefined || task.startedBy === startedBy)
    && (serviceName === undefined || task.group === `service:${serviceName}`));
  return { taskArns: listed.map(({ task }) => task.taskArn) };
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", message);
}
