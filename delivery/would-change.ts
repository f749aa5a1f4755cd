import { checkDelivery } from "./check";
import { approvalOf } from "./deployment/approval";
import { fingerprintOf } from "./deployment/approved";
import { isDoubtful, isRecorded, readRecord, type DeploymentRecord } from "./deployment/record";
import { refuseTakingBack } from "./deployment/uncommitted";
import { readUpArgs, type UpArgs } from "./deployment/up-arguments";
import { jobIn, tell } from "./github/job";
import { imageFor, withStack } from "./image/stack-image";
import { gitHubEnvironment } from "./names";
import { observe } from "./pulumi/event-log";
import { checkTypes } from "./pulumi/run";
import { previewComment, subjectOf, unexpectedChanges } from "./report/comments";
import { runScript } from "./run-script";

interface Answer {
  /** Whether the workflow is to go on to an update, for which GitHub then asks the reviewers of its environment. */
  readonly proceed: boolean;
  /** What they are asked for: the update is held to it. */
  readonly approved: string;
}

/** What the update would change stands in the job's summary. Rejects when the preview itself fails. */
async function wouldChange({ stack, image: asked, rest }: UpArgs): Promise<Answer> {
  checkDelivery();
  const before = isRecorded(stack) ? await readRecord(stack) : undefined;
  await refuseTakingBack(stack, before);
  const image = imageFor(stack, asked, before);
  await checkTypes();
  // As the update itself will.
  const options = isDoubtful(before) ? ["--refresh", ...rest] : rest;
  // Standard output is for the answer alone.
  const observed = await withStack(stack, image, (chosen) =>
    observe(["preview", ...chosen, "--expect-no-changes", ...options], process.stderr));
  const notes = reasons(observed.code, image, before);
  tell(previewComment({ ...observed, subject: subjectOf(stack), job: jobIn(), notes }));
  if (observed.code !== 0 && observed.code !== unexpectedChanges) {
    throw new Error(`the preview of ${stack} ended with ${observed.code}, see above`);
  }
  return {
    proceed: (observed.code === unexpectedChanges || notes.length > 0) && await isAskedFor(stack),
    approved: fingerprintOf(observed.changes),
  };
}

/**
 * Why there may be something to do although Pulumi sees nothing: after a deployment that was taken back its state holds
 * what was meant, and not what runs.
 */
function reasons(code: number, image: string | undefined, before: DeploymentRecord | undefined): string[] {
  if (before === undefined) {
    return ["Nothing was deployed from here yet."];
  }
  return [
    ...before.result === "deployed" ? [] : [`The last update ended as \`${before.result}\`: what runs may not be what Pulumi's state says.`],
    ...before.uncommitted === undefined ? []
      : ["A person has deployed by hand what is committed now. The record says so until this update is done."],
    ...before.image === image || code !== 0 ? [] : ["Another image was deployed last."],
  ];
}

/** Nobody is to be surprised by a deployment that nobody was asked for. */
async function isAskedFor(stack: string): Promise<boolean> {
  const environment = gitHubEnvironment("deploy", stack);
  const approval = await approvalOf(environment);
  if (approval === "nobody") {
    tell(`## ${stack}: not deployed\n\nThe environment \`${environment}\` of this repository has no required reviewers, so that nobody `
      + "would be asked: `npm run github-settings` sets them. Where GitHub has none for this repository, start this workflow by hand.");
  }
  return approval !== "nobody";
}

if (require.main === module) {
  runScript(async () => {
    const { proceed, approved } = await wouldChange(readUpArgs(process.argv.slice(2)));
    process.stdout.write(`proceed=${proceed}\napproved=${approved}\n`);
  });
}
