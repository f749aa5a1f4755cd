import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import {
  DescribeTasksCommand, ECSClient, ListTasksCommand, RunTaskCommand, StopTaskCommand, type Task,
} from "@aws-sdk/client-ecs";

import { refuseOtherAccount } from "./own-account";
import { lastLines } from "./task-log";

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

type Report = (line: string) => void;

/** In the first minutes of a new role or account, ECS refuses what it will grant a moment later. */
const settlingSeconds = 180;
const settling = /assume|service.linked role|AccessDenied|not authorized|ResourceInitializationError/i;

/**
 * Runs a one-off Fargate task to its end. Resolves with its ARN when its container exits with 0; otherwise rejects with
 * the reason and the task's last log lines. The AWS identity is the ambient one, as that of the provider.
 */
export async function runTask(request: RunTaskRequest, report: Report): Promise<string> {
  await refuseOtherAccount(request);
  const ecs = new ECSClient({ region: request.region });
  const settledBy = Date.now() + settlingSeconds * 1000;
  for (;;) {
    const { arn, problem } = await attempt(ecs, request, report);
    if (problem === undefined) {
      report(`${taskId(arn)} is done`);
      return arn;
    }
    if (!problem.settling || Date.now() > settledBy) {
      throw new Error([problem.message, ...arn === undefined ? [] : await lastLines(request, arn)].join("\n"));
    }
    report(`${problem.message}; trying again, since rights may need a moment to take effect`);
    await sleep(5_000);
  }
}

type Attempt =
  | { readonly arn: string; readonly problem?: undefined }
  | { readonly arn?: string; readonly problem: { readonly message: string; readonly settling: boolean } };

async function attempt(ecs: ECSClient, request: RunTaskRequest, report: Report): Promise<Attempt> {
  let arn: string | undefined;
  try {
    arn = await running(ecs, request);
    report(arn ? `joins ${taskId(arn)}, which is still running` : "starts a task");
    arn ??= await start(ecs, request);
    const problem = verdict(await stopped(ecs, request, arn, report), request);
    return problem === undefined ? { arn } : { arn, problem };
  } catch (error) {
    const { name, message } = error as Error;
    // The name says which of AWS's errors it is; ours have none, and say all in their message.
    const text = name === "Error" ? message : `${name}: ${message}`;
    return { arn, problem: { message: text, settling: arn === undefined && settling.test(message) } };
  }
}

/** The task of an earlier run that was interrupted, if it runs the same definition. */
async function running(ecs: ECSClient, request: RunTaskRequest): Promise<string | undefined> {
  const { cluster, startedBy, taskDefinition } = request;
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, startedBy }));
  if (taskArns.length === 0) {
    return undefined;
  }
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.find((task) => task.taskDefinitionArn === taskDefinition)?.taskArn;
}

async function start(ecs: ECSClient, request: RunTaskRequest): Promise<string> {
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
async function stopped(ecs: ECSClient, request: RunTaskRequest, arn: string, report: Report): Promise<Task> {
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

function verdict(task: Task, request: RunTaskRequest): Attempt["problem"] {
  const container = task.containers?.find(({ name }) => name === request.container);
  if (container?.exitCode === 0) {
    return undefined;
  }
  const reasons = [task.stoppedReason, container?.reason].filter((reason) => reason !== undefined).join(", ");
  const id = taskId(task.taskArn);
  // Without an exit code the container never ran: its image, its secrets or its logs could not be had.
  return container?.exitCode === undefined
    ? { message: `${id} did not start: ${reasons}`, settling: settling.test(reasons) }
    : { message: `${id} ended with exit code ${container.exitCode} (${reasons})`, settling: false };
}

function taskId(arn: string | undefined): string {
  return `task ${arn?.split("/").at(-1)}`;
}
