import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { SSMClient } from "@aws-sdk/client-ssm";

import { changedFiles, committedText, headCommit, lossTrailer, takeBackTrailer } from "../delivery/deployment/history";
import { isDoubtful, isRecorded, readRecord, writeRecord, type DeploymentRecord } from "../delivery/deployment/record";
import { missingFromFile, type Uncommitted } from "../delivery/deployment/uncommitted";
import { imageFor } from "../delivery/image/stack-image";
import { delivery, type Deployer } from "../delivery/settings";
import { stackReference } from "../delivery/target";
import { projectFolder } from "../offline/stack-file";
import type { Change } from "./change";
import type { Session } from "./session";
import { fileOf, otherKeys, type Edits } from "./stack-config";

/** Who deploys a stack from what is committed, and what was deployed last. */
export interface Pipeline {
  readonly owner: Deployer;
  readonly record: DeploymentRecord | undefined;
}

/**
 * Undefined where people deploy the stack. Refuses a checkout that lacks what was deployed by hand: from there the next
 * change would take the last one back.
 */
export async function pipelineOf(session: Session): Promise<Pipeline | undefined> {
  const { stack } = session;
  const owner = delivery.stacks[stack]?.deployedBy;
  if (owner === undefined || !isRecorded(stack)) {
    return undefined;
  }
  const record = await readRecord(stack, session.client(SSMClient));
  const missing = record === undefined ? [] : missingFromFile(stack, record);
  if (missing.length > 0) {
    throw new Error([`${fileOf(stack)} of this checkout lacks what somebody has deployed by hand. Write it there first, or go on in the `
      + "checkout where that was done:", ...missing].join("\n- "));
  }
  return { owner, record };
}

/** Writes the file and says how it gets to the stack: whoever deploys next deploys what is committed. */
export function propose({ stack, dryRun, say }: Session, change: Change, pipeline: Pipeline): void {
  if (dryRun) {
    say(`would write ${change.file}, and nothing else: ${pipeline.owner} deploys ${stack}, once it is merged`);
    return;
  }
  writeFileSync(join(projectFolder, change.file), change.text);
  const urgent = change.file === fileOf(stack) && change.losses.length === 0
    ? ["Too late then? The same with --now deploys it from here: docs/operations.md, A change in an emergency."] : [];
  say([
    "", `${change.file} is written, and nothing is deployed. ${byMerge(pipeline)}`,
    ...mergeCommands(stack, change, pipeline.record), ...urgent, "Afterwards:", ...change.next,
  ].join("\n"));
}

/**
 * For an emergency: deploys what was deployed last with this change alone, and leaves a record by which the pipeline
 * refuses commits without it. Puts the file back where nothing came of it.
 */
export async function deployNow(
  session: Session, change: Change, pipeline: Pipeline, agree: () => Promise<void>,
): Promise<void> {
  const { stack, dryRun, say } = session;
  const uncommitted = { ...pipeline.record?.uncommitted, ...valuesOf(change.edits) };
  await refuseMore(stack, change, pipeline.record, Object.keys(uncommitted));
  if (dryRun) {
    await rehearse(session, change, pipeline, uncommitted);
    return;
  }
  const { up } = await import("../delivery/up.ts");
  const path = join(projectFolder, change.file);
  const before = readFileSync(path, "utf8");
  writeFileSync(path, change.text);
  let agreed = false;
  let code: number;
  try {
    code = await up({ stack, smoke: false, rest: [], uncommitted, agree: async () => {
      await agree();
      agreed = true;
    } });
  } finally {
    if (!agreed) {
      writeFileSync(path, before);
    }
  }
  if (code !== 0) {
    throw new Error(agreed
      ? `the update ended with ${code}, see above. ${change.file} stays changed, and the record says that it failed: mend what failed and go on `
        + `with \`npm run up -- ${stack}\`, or take another step with --now`
      : `the preview ended with ${code}, see above: nothing was changed`);
  }
  say([
    "", ...change.next, "", `${stack} runs what no commit has. Commit it now. ${untilThen(stack, pipeline)}`,
    ...mergeCommands(stack, change),
  ].join("\n"));
}

/** What else is in the checkout would be deployed with it, and nobody has reviewed that. */
async function refuseMore(
  stack: string, { file, text }: Change, record: DeploymentRecord | undefined, meant: readonly string[],
): Promise<void> {
  const head = await headCommit();
  if (record !== undefined && head !== record.commit) {
    throw new Error(`${stack} has commit ${record.commit}, but ${head} is checked out, and would be deployed as well. Nothing was changed: `
      + `\`git fetch\`, \`git switch --detach ${record.commit}\`, and the same again`);
  }
  const others = [
    ...(await changedFiles()).filter((changed) => changed !== file && !changed.startsWith("plans/")),
    ...otherKeys(await committedText(file), text).filter((key) => !meant.includes(key)).map((key) => `${key} of ${file}`),
  ];
  if (others.length > 0) {
    throw new Error(`${others.join(", ")} differ from the commit that is checked out, and would be deployed as well. Nothing was changed: `
      + "`git stash`, and the same again");
  }
}

/** The calls that `up` makes, as far as they change something. */
async function rehearse(
  session: Session, change: Change, { record }: Pipeline, uncommitted: Uncommitted,
): Promise<void> {
  const { stack, say } = session;
  const image = uncommitted["accounts:image"] || imageFor(stack, undefined, record) || "";
  const ssm = session.client(SSMClient);
  const written = { commit: await headCommit(), image, run: "by hand", uncommitted } as const;
  say(`would write ${change.file}`);
  const options = isDoubtful(record) ? " --refresh" : "";
  const pulumi = (operation: string) =>
    say(`would run pulumi ${operation} --stack ${stackReference(stack)} --config accounts:image=${image}${options}`);
  pulumi("preview");
  await writeRecord(stack, { ...written, result: "deploying" }, ssm);
  pulumi("up");
  await writeRecord(stack, { ...written, result: "deployed" }, ssm);
}

/** As the stack's file says them. */
function valuesOf(edits: Edits): Uncommitted {
  return Object.fromEntries(Object.entries(edits).map(([key, value]) => [`accounts:${key}`, String(value ?? "")]));
}

/** From main as it is now, with what its tests and the pipeline ask for. */
function mergeCommands(stack: string, { file, edits, losses }: Change, record?: DeploymentRecord): string[] {
  const replaced = Object.keys(valuesOf(edits)).some((key) => record?.uncommitted?.[key] !== undefined);
  const trailers = [
    ...losses.map((name) => `${lossTrailer}: ${name}`),
    ...replaced ? [`${takeBackTrailer}: ${stack}`] : [],
  ];
  return [
    `  git fetch && git stash && git switch --create ops-${stack} origin/main && git stash pop`,
    "  npm run plan",
    `  git commit --message "${stack}: <why>"${trailers.map((line) => ` --trailer "${line}"`).join("")} ${file} plans`,
    "  git push --set-upstream origin HEAD   and merge it",
  ];
}

function byMerge({ owner }: Pipeline): string {
  return owner === "github"
    ? "deploy.yml deploys it when it is merged, where the stack has reviewers once they approve:"
    : "Pulumi Deployments deploy it when it is merged, a stack that keeps data once somebody starts its update:";
}

function untilThen(stack: string, { owner }: Pipeline): string {
  return owner === "github"
    ? `Until it is merged, deploy.yml refuses every commit for ${stack}:`
    : "UNTIL IT IS MERGED, THE NEXT UPDATE BY PULUMI DEPLOYMENTS TAKES IT BACK:";
}
