import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

import { isSetUp } from "./check";
import { jobIn, type Job } from "./github/job";
import { putComment } from "./github/publish";
import { Repository, type Kept } from "./github/repository";
import { noPlans, noPreview, subjectOf } from "./report/comments";
import { longestComment } from "./report/markdown";
import { runScript } from "./run-script";
import { stacksOf } from "./target";

const usage = "npm run comment -- preview|plan <folder>";

/** No character of UTF-8 is longer. */
const bytesOfCharacter = 4;

interface Wanted {
  readonly kept: Kept;
  readonly file: string;
  /** What is said where there is no such file. */
  readonly missing: string;
}

/**
 * Posts what a job has left in a folder that ran the code of a pull request: that code may have written anything, so
 * this runs as it is on the base branch, and only posts it. Which comment it becomes, no text decides.
 */
async function comment([kind = "", folder = "", ...others]: readonly string[]): Promise<void> {
  if (!["preview", "plan"].includes(kind) || folder === "" || others.length > 0) {
    throw new Error(`the arguments are "${[kind, folder, ...others].join(" ")}": ${usage}`);
  }
  const [job, repository] = [jobIn(), Repository.ofJob()];
  if (job.pullRequest === undefined || repository === undefined) {
    throw new Error("GITHUB_EVENT_PATH names no pull request, or GITHUB_REPOSITORY and GITHUB_TOKEN are not set: this is for a job of GitHub's");
  }
  for (const { kept, file, missing } of kind === "plan" ? [planIn(job)] : previewsIn(job)) {
    await putComment(repository, job.pullRequest, kept, textIn(join(folder, file)) ?? missing);
  }
}

function planIn(job: Job): Wanted {
  return { kept: { kind: "plan", stack: "" }, file: "plan.md", missing: noPlans(job) };
}

function previewsIn(job: Job): Wanted[] {
  return (isSetUp() ? stacksOf("github") : []).map((stack) => (
    { kept: { kind: "preview", stack }, file: `${stack}.md`, missing: noPreview(subjectOf(stack), job) }));
}

/** As much of a file as a comment takes. Nothing where there is none; a link would show a file of this machine. */
function textIn(file: string): string | undefined {
  let opened: number;
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return undefined;
    }
    throw code === "ELOOP" ? new Error(`${file} is a link, but must be a file: nothing of it is posted`) : error;
  }
  try {
    if (!fstatSync(opened).isFile()) {
      throw new Error(`${file} is no file: nothing of it is posted`);
    }
    const bytes = Buffer.alloc(longestComment * bytesOfCharacter);
    const text = bytes.toString("utf8", 0, readSync(opened, bytes)).slice(0, longestComment);
    return text.trim() === "" ? undefined : text;
  } finally {
    closeSync(opened);
  }
}

runScript(() => comment(process.argv.slice(2)));
