import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectFolder } from "../offline/stack-file";
import { checkDelivery } from "./check";
import { headCommit, isBefore } from "./history";
import { summarize } from "./job-summary";
import { checkTypes, runPulumi } from "./pulumi";
import { isRecorded, readRecord, writeRecord, type DeploymentRecord } from "./record";
import { runScript } from "./run-script";
import { imageFor, pinnedImage, withStack } from "./stack-image";
import { readUpArgs, type UpArgs } from "./up-arguments";
import { describeFailure, errorsOf } from "./update-failure";

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
  const image = imageFor(stack, args.image, before);
  await checkTypes();
  const record = recorder(stack, { commit, image: image ?? "" });
  await record("deploying");
  const code = await update(args, image, isDoubtful(before)) || (args.smoke ? await smoke(stack) : 0);
  await record(code === 0 ? "deployed" : "failed");
  if (code === 0) {
    summarize(`## ${stack}: deployed\n\n\`${image ?? "an image of its own"}\`${
      pinnedImage(stack) === "" ? "" : `, which \`Pulumi.${stack}.yaml\` pins: nothing else is deployed until it is taken out there`}`);
  }
  return code;
}

/** A run that waited, or that is run again, must not take back what came after it, the schema included. */
async function refuseOlder(stack: string, commit: string, before: DeploymentRecord | undefined): Promise<void> {
  if (before !== undefined && await isBefore(commit, before.commit)) {
    throw new Error(`${stack} has had ${before.commit}, which is newer than ${commit}: approve the newest run of deploy.yml instead. `
      + "To go back, revert the commit, or pin the image before it as docs/operations.md says");
  }
}

/** After an update that did not end well, ECS may run something else than Pulumi's state says; a refresh looks. */
function isDoubtful(before: DeploymentRecord | undefined): boolean {
  return (before !== undefined && before.result !== "deployed") || Number(process.env.GITHUB_RUN_ATTEMPT ?? 1) > 1;
}

function recorder(stack: string, { commit, image }: Pick<DeploymentRecord, "commit" | "image">) {
  const run = process.env.GITHUB_RUN_ID ?? "by hand";
  return async (result: DeploymentRecord["result"]): Promise<void> => {
    if (isRecorded(stack)) {
      await writeRecord(stack, { commit, image, run, result });
    }
  };
}

async function update({ stack, rest }: UpArgs, image: string | undefined, refresh: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-up-"));
  const eventLog = join(folder, "events.jsonl");
  // With a terminal Pulumi shows its preview and asks.
  const somebodyThere = process.stdin.isTTY && process.env.CI === undefined;
  try {
    const { code, stderr } = await withStack(stack, image, (chosen) => runPulumi([
      "up", ...chosen,
      ...somebodyThere ? [] : ["--yes", "--non-interactive"],
      ...refresh ? ["--refresh"] : [],
      "--event-log", eventLog,
      ...rest,
    ], { output: somebodyThere ? "inherit" : "show", env: { PULUMI_DEBUG_COMMANDS: "true" } }));
    if (code !== 0) {
      const events = existsSync(eventLog) ? readFileSync(eventLog, "utf8") : "";
      summarize(describeFailure(stack, code, errorsOf(events), stderr));
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
    summarize(`## ${stack}: the smoke test failed\n\nThe update succeeded, and the new version runs. To go back: revert the commit, or `
      + "pin the image before it as docs/operations.md says.");
  }
  return code;
}

if (require.main === module) {
  runScript(() => up(readUpArgs(process.argv.slice(2))));
}
