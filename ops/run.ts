import { createHash } from "node:crypto";

import { stackOutput } from "../delivery/pulumi/stack-outputs";
import type { OneOffTask } from "../infra/migration";
import { runTask } from "../infra/run-task";
import { lastLines } from "../infra/task-log";
import { readable } from "./log-line";
import type { Session } from "./session";

/** Longer than a lock in the database is waited for, and than a large migration should take. */
const timeoutSeconds = 3600;

/** Runs a program of the image in the stack's one-off task, waits for its end and shows what it said. */
export async function run(session: Session, command: readonly string[]): Promise<void> {
  const { stack, region, accountId, names, dryRun, say } = session;
  const task = await stackOutput<OneOffTask>(stack, "oneOffTask");
  const request = {
    ...task,
    region,
    accountId,
    command,
    // Joins a run of the same command that was interrupted, and no other.
    startedBy: `ops-${stack}-${createHash("sha256").update(command.join(" ")).digest("hex").slice(0, 8)}`.slice(-36),
    tags: { Project: "accounts", Stack: stack },
    timeoutSeconds,
  };
  if (dryRun) {
    say(`would send ECS.RunTask ${JSON.stringify(request)}, wait for its end, and show its log from ${names.logGroups.migration}`);
    return;
  }
  const arn = await runTask(request, say);
  const [title = "", ...lines] = await lastLines(request, arn);
  const id = arn.split("/").at(-1)?.slice(0, 8) ?? "";
  say([title, ...lines.flatMap((line) => readable(line.trim(), id) ?? [])].join("\n"));
}
