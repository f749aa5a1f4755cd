import { setTimeout as sleep } from "node:timers/promises";

import { ECSClient, type Task } from "@aws-sdk/client-ecs";

import { running, start, stopped, taskId, type Report, type RunTaskRequest } from "./one-off-task";
import { refuseOtherAccount } from "./own-account";
import { lastLines } from "./task-log";

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
