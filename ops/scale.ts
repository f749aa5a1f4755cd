import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  ApplicationAutoScalingClient, DescribeScalableTargetsCommand, RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";

import { settingsOfStack } from "../delivery/stack-settings";
import { checkEnvironments } from "../environments/check";
import { projectFolder } from "../offline/stack-file";
import { apply, type Manner } from "./change";
import { pipelineOf } from "./pipeline";
import { serviceOf } from "./service";
import type { Session } from "./session";

export interface ScaleArgs extends Manner {
  readonly minTasks: number;
  readonly maxTasks: number;
}

/** Sets the bounds between which the service scales by itself; what has to be at once, past Pulumi. */
export async function scale(session: Session, args: ScaleArgs): Promise<void> {
  const { minTasks, maxTasks } = args;
  const { environment } = session;
  const settings = settingsOfStack(session.stack);
  const problems = checkEnvironments({
    [environment]: { ...settings, service: { ...settings.service, minTasks, maxTasks } },
  });
  if (problems.length > 0) {
    throw new Error(problems.join("\n"));
  }
  await (args.now ? scaleNow(session, args) : scaleSettings(session, args));
}

/** Seconds, where `pulumi up` takes minutes. Pulumi does not know of it, and `pulumi up --refresh` takes it back. */
async function scaleNow(session: Session, { minTasks, maxTasks }: ScaleArgs): Promise<void> {
  const { stack, names, say } = session;
  const autoScaling = session.client(ApplicationAutoScalingClient);
  const { serviceName } = await serviceOf(session);
  const target = {
    ServiceNamespace: "ecs",
    ScalableDimension: "ecs:service:DesiredCount",
    ResourceId: `service/${names.cluster}/${serviceName}`,
  } as const;
  const { ScalableTargets: [before] = [] } = await autoScaling.send(new DescribeScalableTargetsCommand({
    ServiceNamespace: target.ServiceNamespace, ResourceIds: [target.ResourceId],
  }));
  if (before === undefined) {
    throw new Error(`Application Auto Scaling knows nothing of ${target.ResourceId}: is stack ${stack} up?`);
  }
  const bounds = { MinCapacity: minTasks, MaxCapacity: maxTasks };
  await autoScaling.send(new RegisterScalableTargetCommand({ ...target, ...bounds }));
  if (session.dryRun) {
    return;
  }
  say([
    `${target.ResourceId}: ${before.MinCapacity} to ${before.MaxCapacity} tasks before, ${minTasks} to ${maxTasks} now.`,
    "THIS IS FOR THE TIME BEING: neither the settings nor Pulumi know of it, the search for drift shows it, and the next",
    "`pulumi up --refresh` takes it back. To keep it, say the same without --now; to end it:",
    `  npm run ops -- ${stack} scale ${before.MinCapacity} ${before.MaxCapacity} --now`,
  ].join("\n"));
}

async function scaleSettings(session: Session, { minTasks, maxTasks, ...manner }: ScaleArgs): Promise<void> {
  const { stack, environment } = session;
  const pipeline = await pipelineOf(session);
  const file = `environments/${environment}.ts`;
  const text = readFileSync(join(projectFolder, file), "utf8");
  await apply(session, {
    file,
    text: withNumber(withNumber(text, "minTasks", minTasks, file), "maxTasks", maxTasks, file),
    edits: {},
    losses: [],
    consequences: [
      `The service scales between ${minTasks} and ${maxTasks} tasks. Every stack of environment ${environment} does, from`,
      "its next update on.",
    ],
    next: [`npm run ops -- ${stack} status   shows the tasks. \`npm run plan\` brings the committed plans up to date.`],
  }, manner, pipeline);
}

/** Changes the one line that gives a setting a number. */
function withNumber(text: string, setting: string, value: number, file: string): string {
  const line = new RegExp(`^(\\s*${setting}: )\\d+(?=,)`, "gm");
  const found = text.match(line)?.length ?? 0;
  if (found !== 1) {
    throw new Error(`${file} has ${found} lines that set ${setting} to a number, but must have one: change it by hand, `
      + "then `pulumi up`");
  }
  return text.replace(line, `$1${value}`);
}
