import { parseArgs } from "node:util";

import { committedStacks } from "../offline/stack-file";
import { isRecorded, recordHistory, type DeploymentRecord } from "./deployment/record";
import { missingFromFile } from "./deployment/uncommitted";
import { jobIn } from "./github/job";
import { publish, type Targets } from "./github/publish";
import { pinnedImage, withStack } from "./image/stack-image";
import { noImage } from "./image/uri";
import { observe, type Observed } from "./pulumi/event-log";
import { checkTypes, runPulumi } from "./pulumi/run";
import { previewComment, stackNotFound, subjectOf } from "./report/comments";
import { code } from "./report/markdown";
import { runScript } from "./run-script";
import { stackReference } from "./target";

export interface PreviewCommand {
  readonly stack: string;
  /** Where the report goes; nothing where a person only wants to see Pulumi's own. */
  readonly report?: Targets;
  /** Pulumi's own arguments. */
  readonly rest: readonly string[];
}

const usage = "npm run preview -- <stack> [--comment [--comment-file <file>] [--pull-request <number>]] [pulumi's own arguments]";

/** Knows its own arguments, and hands on all others. */
export function readPreviewArgs(args: readonly string[]): PreviewCommand {
  const [stack = "", ...others] = args;
  if (!committedStacks().includes(stack)) {
    throw new Error(`the stack is "${stack}", but must be one of ${committedStacks().join(", ")}: ${usage}`);
  }
  const { values, tokens } = parseArgs({ args: others, options, strict: false, tokens: true });
  const own = new Set(tokens.flatMap((token) => token.kind === "option" && token.name in options
    ? [token.index, ...token.value !== undefined && !token.inlineValue ? [token.index + 1] : []] : []));
  const rest = others.filter((_, index) => !own.has(index));
  const { comment, "comment-file": file, "pull-request": number } = values;
  if (comment === undefined && file === undefined && number === undefined) {
    return { stack, rest };
  }
  if (file === true) {
    throw new Error(`--comment-file needs the name of a file: ${usage}`);
  }
  if (number !== undefined && !/^[1-9]\d*$/.test(String(number))) {
    throw new Error(`--pull-request is "${String(number)}", but must be the number of a pull request: ${usage}`);
  }
  return {
    stack,
    report: {
      ...file !== undefined && { file: String(file) },
      ...number !== undefined && { pullRequest: Number(number) },
    },
    rest,
  };
}

const options = {
  "comment": { type: "boolean" },
  "comment-file": { type: "string" },
  "pull-request": { type: "string" },
} as const;

/** Returns the exit code: Pulumi's own, unless a report tells what is no fault of whoever reads it. */
export async function preview({ stack, report, rest }: PreviewCommand, check = () => checkTypes()): Promise<number> {
  if (report === undefined) {
    await check();
    const { image } = await presentImage(stack, rest);
    const args = (chosen: readonly string[]) => ["preview", ...chosen, ...rest];
    return (await withStack(stack, image, (chosen) => runPulumi(args(chosen), { output: "inherit" }))).code;
  }
  const job = jobIn();
  const { notes, ...observed } = await check().then(() => observePreview(stack, rest)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return { code: 1, stderr: error.message, changes: [], errors: [], warnings: [], violations: [], notes: [] };
  });
  const comment = previewComment({ ...observed, subject: subjectOf(stack), job, notes });
  await publish(comment, { kind: "preview", stack }, report, job);
  // A stack that is not there yet is no fault of the pull request.
  return observed.code === stackNotFound ? 0 : observed.code;
}

async function observePreview(
  stack: string, rest: readonly string[],
): Promise<Observed & { notes: readonly string[] }> {
  const { image, notes } = await presentImage(stack, rest);
  // A job does not build: what it would get is not what deploy.yml will.
  const shown = image ?? (namesImage(rest) ? undefined : await imageInState(stack) ?? noImage());
  const observed = await withStack(stack, shown, (chosen) => observe(["preview", ...chosen, ...rest]));
  return { ...observed, notes: shown === noImage() ? [...notes, "No image was deployed yet: a digest of zeros is in its place."] : notes };
}

const namesImage = (rest: readonly string[]): boolean => rest.some((argument) => argument.includes("accounts:image="));

interface PresentImage {
  /** Undefined where the stack builds its own, or an argument names it. */
  readonly image: string | undefined;
  readonly notes: readonly string[];
}

/** What was last deployed and went well: a pull request has no image yet, and another would be a false difference. */
async function presentImage(stack: string, rest: readonly string[]): Promise<PresentImage> {
  const pinned = pinnedImage(stack);
  if (pinned !== "" || namesImage(rest) || !isRecorded(stack)) {
    return { image: pinned || undefined, notes: [] };
  }
  const history = await recordHistory(stack);
  const [latest] = history;
  return {
    image: history.find(({ result }) => result === "deployed")?.image,
    notes: latest === undefined ? [] : notesOn(stack, latest),
  };
}

function notesOn(stack: string, latest: DeploymentRecord): string[] {
  const missing = missingFromFile(stack, latest);
  return [
    ...latest.result === "deployed" ? []
      : [`The last deployment, of \`${latest.commit.slice(0, 7)}\`, ${latest.result === "failed" ? "has failed" : "is not done"}: ` +
        "what is not told here as a change may still be otherwise in AWS."],
    ...missing.length === 0 ? []
      : [`Somebody has deployed by hand what this does not have: ${missing.map(code).join(", ")}. Its deployment would be refused.`],
  ];
}

/** Of a stack that leaves no record. */
async function imageInState(stack: string): Promise<string | undefined> {
  const args = ["stack", "output", "imageUri", "--stack", stackReference(stack)];
  const { code, stdout } = await runPulumi(args, { output: "capture" });
  return code === 0 && stdout.includes("@sha256:") ? stdout.trim() : undefined;
}

if (require.main === module) {
  runScript(() => preview(readPreviewArgs(process.argv.slice(2))));
}
