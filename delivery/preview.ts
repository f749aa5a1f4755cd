import { parseArgs } from "node:util";

import { committedStacks } from "../offline/stack-file";
import { previewComment, stackNotFound, subjectOf } from "./comments";
import { observe, type Observed } from "./event-log";
import { imageUri } from "./image-uri";
import { jobIn } from "./job";
import { publish, type Targets } from "./publish";
import { checkTypes, runPulumi } from "./pulumi";
import { pinnedImage, withStack } from "./stack-image";
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
  if (number !== undefined && !/^[1-9]\d*$/.test(String(number))) {
    throw new Error(`--pull-request is "${String(number)}", but must be the number of a pull request: ${usage}`);
  }
  return {
    stack,
    report: { ...typeof file === "string" && { file }, ...number !== undefined && { pullRequest: Number(number) } },
    rest,
  };
}

const options = {
  "comment": { type: "boolean" },
  "comment-file": { type: "string" },
  "pull-request": { type: "string" },
} as const;

async function preview({ stack, report, rest }: PreviewCommand): Promise<number> {
  if (report === undefined) {
    await checkTypes();
    return (await runPulumi(["preview", "--stack", stackReference(stack), ...rest], { output: "inherit" })).code;
  }
  const job = jobIn();
  const notes: string[] = [];
  const observed = await observePreview(stack, rest, notes).catch((error: Error): Observed => {
    process.stderr.write(`${error.message}\n`);
    return { code: 1, stderr: error.message, changes: [], errors: [], warnings: [], violations: [] };
  });
  await publish(previewComment({ ...observed, subject: subjectOf(stack), job, notes }), { kind: "preview", stack }, report, job);
  // A stack that is not there yet is no fault of the pull request.
  return observed.code === stackNotFound ? 0 : observed.code;
}

async function observePreview(stack: string, rest: readonly string[], notes: string[]): Promise<Observed> {
  await checkTypes();
  const image = await presentImage(stack, rest, notes);
  return withStack(stack, image, (chosen) => observe(["preview", ...chosen, ...rest]));
}

/**
 * The image that is deployed now: a pull request has none yet, and another one would be a difference that is none.
 * Nothing where the stack's file or an argument names one.
 */
async function presentImage(stack: string, rest: readonly string[], notes: string[]): Promise<string | undefined> {
  if (pinnedImage(stack) !== "" || rest.some((argument) => argument.includes("accounts:image="))) {
    return undefined;
  }
  const question = ["stack", "output", "imageUri", "--stack", stackReference(stack)];
  const { code, stdout } = await runPulumi(question, { output: "capture" });
  if (code === 0 && stdout.includes("@sha256:")) {
    return stdout.trim();
  }
  notes.push("No image was deployed yet: the preview stands on a digest of zeros in its place.");
  return imageUri(`sha256:${"0".repeat(64)}`);
}

if (require.main === module) {
  Promise.resolve().then(() => preview(readPreviewArgs(process.argv.slice(2)))).then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
