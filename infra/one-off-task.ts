import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DescribeTasksCommand, ListTasksCommand, RunTaskCommand, StopTaskCommand, type ECSClient, type Task,
} from "@aws-sdk/client-ecs";

export interface RunTaskRequest {
  readonly region: string;
  /** The only account this may run in. */
  readonly accountId: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly logGroup: string;
  /** The essential container; its name is the prefix of its log stream, too. */
  readonly container: string;
  /** In the place of the definition's own command; that one if not given. */
  readonly command?: readonly string[];
  /** Marks the tasks of this purpose, so that a second run joins one that is still at work. */
  readonly startedBy: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Then the task is stopped and the run fails. */
  readonly timeoutSeconds: number;
}

export type Report = (line: string) => void;

/** The task of an earlier run that was interrupted, if it runs the same definition. */
export async function running(ecs: ECSClient, request: RunTaskRequest): Promise<string | undefined> {
  const { cluster, startedBy, taskDefinition } = request;
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy }));
  if (taskArns.length === 0) {
    return undefined;
  }
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.find((task) => task.taskDefinitionArn === taskDefinition)?.taskArn;
}

export async function start(ecs: ECSClient, request: RunTaskRequest): Promise<string> {
  const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand({
    cluster: request.cluster,
    taskDefinition: request.taskDefinition,
    launchType: "FARGATE",
    // The SDK repeats a request whose answer was lost; the token keeps that to one task.
    clientToken: randomUUID(),
    startedBy: request.startedBy,
    ...request.command && {
      overrides: { containerOverrides: [{ name: request.container, command: [...request.command] }] },
    },
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...request.subnets],
        securityGroups: [...request.securityGroups],
        assignPublicIp: "DISABLED",
      },
    },
    enableECSManagedTags: true,
    tags: Object.entries(request.tags).map(([key, value]) => ({ key, value })),
  }));
  const arn = tasks[0]?.taskArn;
  if (arn === undefined) {
    throw new Error(`ECS started no task: ${failures.map(({ reason, detail }) => detail ?? reason).join(", ")}`);
  }
  return arn;
}

/** Looks often at first, for a task that is done at once, and then less and less, which AWS's rate limits ask for. */
export async function stopped(ecs: ECSClient, request: RunTaskRequest, arn: string, report: Report): Promise<Task> {
  const deadline = Date.now() + request.timeoutSeconds * 1000;
  for (let pause = 200, status = ""; ; pause = Math.min(pause * 1.5, 5_000)) {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: request.cluster, tasks: [arn] }));
    const task = tasks[0];
    if (task && task.lastStatus !== status) {
      status = task.lastStatus ?? "";
      report(`${taskId(arn)} is ${status}`);
    }
    if (task?.lastStatus === "STOPPED") {
      return task;
    }
    if (Date.now() > deadline) {
      await ecs.send(new StopTaskCommand({ cluster: request.cluster, task: arn, reason: "ran longer than its time limit" }));
      throw new Error(`${taskId(arn)} was stopped after its time limit of ${request.timeoutSeconds} s`);
    }
    await sleep(pause);
  }
}

export function taskId(arn: string | undefined): string {
  return `task ${arn?.split("/").at(-1)}`;
}
