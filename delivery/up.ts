import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { committedStacks, projectFolder } from "../offline/stack-file";
import { checkDelivery } from "./check";
import { anything, refuseUnapproved } from "./deployment/approved";
import { headCommit, isBefore, lossTrailer, trailers } from "./deployment/history";
import { lossesOf } from "./deployment/loss";
import { isDoubtful, isRecorded, readRecord, writeRecord, type DeploymentRecord } from "./deployment/record";
import { refuseTakingBack, stillUncommitted } from "./deployment/uncommitted";
import { readUpArgs, type UpArgs } from "./deployment/up-arguments";
import { tell } from "./github/job";
import { imageFor, pinnedImage, withStack } from "./image/stack-image";
import { readEvents } from "./pulumi/engine-events";
import { observe } from "./pulumi/event-log";
import { checkTypes, runPulumi } from "./pulumi/run";
import { describeFailure } from "./pulumi/update-failure";
import { runScript } from "./run-script";

/**
 * `pulumi up`, after a check of the types, and the smoke test where it is asked for. What was deployed, and whether it
 * went well, is recorded. A failure is told in the job's summary. Returns the exit code: Pulumi's where Pulumi failed.
 */
export async function up(args: UpArgs): Promise<number> {
  checkDelivery();
  const { stack } = args;
  const before = isRecorded(stack) ? await readRecord(stack) : undefined;
  const commit = await headCommit();
  await refuseOlder(stack, commit, before);
  if (args.uncommitted === undefined) {
    await refuseTakingBack(stack, before);
  }
  const image = imageFor(stack, args.image, before);
  await checkTypes();
  // With a terminal Pulumi shows its preview, and asks.
  const asks = args.agree === undefined && Boolean(process.stdin.isTTY) && process.env.CI === undefined;
  const options = isDoubtful(before) ? ["--refresh", ...args.rest] : args.rest;
  const previewed = asks ? 0 : await preview(stack, image, options, before, args.approved);
  if (previewed !== 0) {
    return previewed;
  }
  await args.agree?.();
  const uncommitted = args.uncommitted ?? await stillUncommitted(stack, before);
  const record = recorder(stack, { commit, image: image ?? "", uncommitted });
  await record("deploying");
  const code = await update(stack, image, asks ? options : ["--yes", "--skip-preview", ...options], asks)
    || (args.smoke ? await smoke(stack) : 0);
  await record(code === 0 ? "deployed" : "failed");
  if (code === 0) {
    tell(success(stack, image));
  }
  return code;
}

/** A run that waited, or that is run again, must not take back what came after it, the schema included. */
async function refuseOlder(stack: string, commit: string, before: DeploymentRecord | undefined): Promise<void> {
  if (before !== undefined && await isBefore(commit, before.commit)) {
    throw new Error(`${stack} has had ${before.commit}, which is newer than ${commit}: approve the newest run of deploy.yml instead. `
      + "To go back, revert the commit, or pin the image before it: docs/operations.md, A bad deploy.");
  }
}

/** Where nobody can be asked, this asks: nothing has changed yet. */
async function preview(
  stack: string, image: string | undefined, options: readonly string[], before: DeploymentRecord | undefined,
  approved = anything,
): Promise<number> {
  const { code, changes, ...observed } = await withStack(stack, image, (chosen) => observe(["preview", ...chosen, ...options]));
  if (code !== 0) {
    tell(describeFailure(stack, { code, ...observed, isPreview: true }));
    return code;
  }
  const losses = committedStacks().includes(stack)
    ? lossesOf(stack, changes, await trailers(lossTrailer, before?.commit)) : [];
  if (losses.length > 0) {
    throw new Error([`${stack} keeps data, and nothing was changed:`, ...losses].join("\n- ")
      + `\nWhere that is meant, end the message of a commit with a line such as \`${lossTrailer}: <name>\`, for each of them`);
  }
  refuseUnapproved(stack, approved, changes, before);
  return 0;
}

function recorder(stack: string, what: Pick<DeploymentRecord, "commit" | "image" | "uncommitted">) {
  const run = process.env.GITHUB_RUN_ID ?? "by hand";
  return async (result: DeploymentRecord["result"]): Promise<void> => {
    if (isRecorded(stack)) {
      await writeRecord(stack, { ...what, run, result });
    }
  };
}

async function update(
  stack: string, image: string | undefined, options: readonly string[], asks: boolean,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-up-"));
  const eventLog = join(folder, "events.jsonl");
  try {
    const { code, stderr } = await withStack(stack, image, (chosen) => runPulumi(
      ["up", ...chosen, ...asks ? [] : ["--non-interactive", "--color", "never"], "--event-log", eventLog, ...options],
      { output: asks ? "inherit" : "show", env: { PULUMI_DEBUG_COMMANDS: "true" } },
    ));
    if (code !== 0) {
      tell(describeFailure(stack, { code, stderr, ...readEvents(existsSync(eventLog) ? readFileSync(eventLog, "utf8") : ""), isPreview: false }));
    }
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its own words go to standard output, and to the summary what a red one means. */
async function smoke(stack: string): Promise<number> {
  const child = spawn("npm", ["run", "--silent", "smoke", "--", "--stack", stack], { cwd: projectFolder, stdio: "inherit" });
  const [code] = await once(child, "close") as [number];
  if (code !== 0) {
    tell(`## ${stack}: the smoke test failed\n\nThe update succeeded, and the new version runs; the log says which step failed. `
      + "To go back, revert the commit, or pin the image before it: docs/operations.md, A bad deploy.");
  }
  return code;
}

function success(stack: string, image: string | undefined): string {
  const pinned = pinnedImage(stack) === "" ? ""
    : `, which \`Pulumi.${stack}.yaml\` pins: no other image is deployed until that is taken out`;
  return `## ${stack}: deployed\n\n\`${image ?? "an image of its own"}\`${pinned}`;
}

if (require.main === module) {
  runScript(() => up(readUpArgs(process.argv.slice(2))));
}
