import { createHash } from "node:crypto";

import { committedStacks } from "../offline/stack-file";
import { lookTwice, pauseSeconds } from "./deployment/drift-looks";
import { jobIn, tell } from "./github/job";
import { bodyOf, Repository, type Issue } from "./github/repository";
import type { Observed } from "./pulumi/event-log";
import type { Change } from "./report/changes";
import { driftFailure, driftReport, nameOf, subjectOf, unexpectedChanges, type Subject } from "./report/comments";
import { runScript } from "./run-script";

const usage = "npm run drift -- <stack>";

/**
 * Whether AWS is still as Pulumi has left it. Compares AWS with Pulumi's state and runs no program: what waits for its
 * promotion is no drift. Writes nothing to the state. The code is 0 where an issue tells of the drift.
 */
async function drift(args: readonly string[]): Promise<number> {
  const [stack = "", ...others] = args;
  if (!committedStacks().includes(stack) || others.length > 0) {
    throw new Error(`the arguments are "${args.join(" ")}", but must be one of ${committedStacks().join(", ")}: ${usage}`);
  }
  const [subject, job] = [subjectOf(stack), jobIn()];
  const observed = await lookTwice(stack, pauseSeconds(process.env));
  if (observed === "under way") {
    tell(`## ${nameOf(subject)}: nobody has looked for drift\n\nAn update is under way, which changes AWS before Pulumi knows.`);
    return 0;
  }
  if (observed.code !== 0 && observed.code !== unexpectedChanges) {
    tell(driftFailure(subject, job, observed));
    return observed.code;
  }
  const repository = Repository.ofJob();
  if (observed.code === 0) {
    tell(`## ${nameOf(subject)}: AWS is as Pulumi has left it`);
    await repository?.latestIssue({ kind: "drift", stack }).then((issue) => settle(repository, issue, subject));
    return 0;
  }
  if (observed.changes.length === 0) {
    tell(`## ${nameOf(subject)}: AWS is just changing\n\nTwo looks have found two differences, with nothing in common.`);
    return 0;
  }
  const report = driftReport(subject, job, observed);
  tell(report);
  if (repository === undefined) {
    return observed.code;
  }
  process.stderr.write(`${await keepIssue(repository, subject, report, observed)}\n`);
  return 0;
}

/** One issue as long as it lasts; who watches it hears of it again only when something is different. */
async function keepIssue(
  repository: Repository, { stack }: Subject, report: string, { changes }: Observed,
): Promise<string> {
  const kept = { kind: "drift", stack } as const;
  const body = `${differenceMark(changes)}\n${report}`;
  const latest = await repository.latestIssue(kept);
  const same = latest?.body?.includes(differenceMark(changes)) ?? false;
  if (latest === undefined || (latest.state === "closed" && !same)) {
    return `issue ${await repository.openIssue(kept, `Drift in ${stack}`, body)} is opened`;
  }
  if (latest.state === "closed") {
    await repository.changeIssue(latest, { state: "open", comment: "It is still there, or there again." });
    return `issue ${latest.number} is opened again`;
  }
  if (same) {
    return `issue ${latest.number} says it already`;
  }
  await repository.changeIssue(latest, { body: bodyOf(kept, body), comment: "The difference is now another one: see above." });
  return `issue ${latest.number} is changed`;
}

async function settle(repository: Repository, issue: Issue | undefined, { stack }: Subject): Promise<void> {
  if (issue?.state === "open") {
    await repository.changeIssue(issue, { state: "closed", comment: `${stack} is again as Pulumi has left it.` });
    process.stderr.write(`issue ${issue.number} is closed\n`);
  }
}

/** Tells one difference from another, in a line that nobody sees. */
function differenceMark(changes: readonly Change[]): string {
  const content = changes.map(({ urn, operation, properties }) => [urn, operation, properties]);
  const hash = createHash("sha256").update(JSON.stringify(content.toSorted())).digest("hex").slice(0, 12);
  return `<!-- difference ${hash} -->`;
}

if (require.main === module) {
  runScript(() => drift(process.argv.slice(2)));
}
