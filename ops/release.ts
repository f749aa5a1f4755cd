import type { Service } from "@aws-sdk/client-ecs";
import { SSMClient } from "@aws-sdk/client-ssm";

import { isRecorded, readRecord, type DeploymentRecord } from "../delivery/deployment/record";
import { linesOf } from "../delivery/deployment/uncommitted";
import type { Findings } from "./findings";
import { imageOf, shortName, taskDefinition } from "./service";
import type { Session } from "./session";
import { table } from "./table";

/** ECS goes back to the old task definition when it takes a deployment back; the latest shows what was meant. */
export async function release(session: Session, service: () => Promise<Service>): Promise<Findings> {
  const { taskDefinition: running = "", desiredCount = 0, runningCount = 0, pendingCount = 0 } = await service();
  const [runs, meant] = await Promise.all([
    taskDefinition(session, running), taskDefinition(session, session.names.serviceFamily),
  ]);
  const isMeant = meant.taskDefinitionArn === running;
  return {
    lines: table([
      ["runs", shortName(running), imageOf(runs)],
      ["meant", isMeant ? "the same" : shortName(meant.taskDefinitionArn), isMeant ? "" : imageOf(meant)],
      ["tasks", `${runningCount} run, ${desiredCount} wanted, ${pendingCount} on their way`, ""],
    ]),
    problems: [
      ...isMeant ? [] : [`${shortName(running)} runs, but ${shortName(meant.taskDefinitionArn)} was deployed last: it is on its way, or was taken back`],
      ...runningCount >= desiredCount ? [] : [`${runningCount} tasks run, but ${desiredCount} are wanted`],
    ],
  };
}

/** Where a pipeline deploys the stack: who did what last, and whether that is what runs. */
export async function lastDeployment(session: Session, service: () => Promise<Service>): Promise<Findings> {
  const record = await recordOf(session);
  if (record === undefined) {
    return { lines: ["  there is none"], problems: [] };
  }
  const { commit, image, run, result, uncommitted = {} } = record;
  const { taskDefinition: running = "" } = await service();
  const runs = imageOf(await taskDefinition(session, running));
  const byHand = linesOf(uncommitted);
  return {
    lines: table([[result, `commit ${commit.slice(0, 7)}`, `run ${run}`, image === runs ? "the image that runs" : image]]),
    problems: [
      ...result === "deployed" ? [] : [`the last deployment, of ${commit.slice(0, 7)}, is recorded as ${result}`],
      ...image === runs ? [] : [`the record says that ${image} was deployed, but ${runs} runs`],
      ...byHand.length === 0 ? [] : [`deployed by hand, and not yet by a commit: ${byHand.join(", ")}`],
    ],
  };
}

/** Undefined where no pipeline deploys the stack, or none has yet. */
export async function recordOf(session: Session): Promise<DeploymentRecord | undefined> {
  return isRecorded(session.stack) ? readRecord(session.stack, session.client(SSMClient)) : undefined;
}
