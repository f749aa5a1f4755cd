import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

import { committedStacks, projectFolder } from "../offline/stack-file";
import { jobIn, type Job } from "./github/job";
import { publish } from "./github/publish";
import { planComment, subjectOf, type PlanSubject } from "./report/comments";
import { planChanges } from "./report/plan-changes";
import { runScript } from "./run-script";

const usage = "npm run plan-diff -- [--base <commit or folder>] [--head <commit or folder>] [--comment-file <file>] " +
  "[--pull-request <number>]";

/** The plans in a commit or a folder, by stack. */
type Plans = ReadonlyMap<string, string>;

async function planDiff(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: {
    "base": { type: "string" },
    "head": { type: "string" },
    "comment-file": { type: "string" },
    "pull-request": { type: "string" },
  } });
  const { "comment-file": file, "pull-request": number } = values;
  if (number !== undefined && !/^[1-9]\d*$/.test(number)) {
    throw new Error(`--pull-request is "${number}", but must be the number of a pull request: ${usage}`);
  }
  const job = jobIn();
  const [base, head] = [plansIn(values.base ?? usualBase(job)), plansIn(values.head ?? join(projectFolder, "plans"))];
  const stacks = [...new Set([...base.keys(), ...head.keys()])].toSorted();
  const plans = stacks.map((stack) =>
    ({ subject: subjectIn(stack), changes: planChanges(base.get(stack), head.get(stack)) }));
  const comment = planComment(plans, job);
  await publish(comment, { kind: "plan", stack: "" },
    { ...file !== undefined && { file }, ...number !== undefined && { pullRequest: Number(number) } }, job);
}

/**
 * What the pull request would be merged into. The commit that GitHub tries has it as its first parent; what the event
 * names may be older, and then others' changes would be this pull request's.
 */
function usualBase({ pullRequest }: Job): string {
  return pullRequest !== undefined && git("rev-list", "--parents", "-1", "HEAD").trim().split(" ").length === 3
    ? "HEAD^1" : process.env["BASE_SHA"] || "origin/main";
}

function plansIn(place: string): Plans {
  if (existsSync(place) && statSync(place).isDirectory()) {
    return new Map(readdirSync(place).filter((file) => file.endsWith(".yaml"))
      .map((file) => [stackOf(file), readFileSync(join(place, file), "utf8")]));
  }
  const files = git("ls-tree", "--name-only", "-z", "--end-of-options", place, "plans/").split("\0")
    .filter((file) => file.endsWith(".yaml"));
  return new Map(files.map((file) => [stackOf(file), git("show", "--end-of-options", `${place}:${file}`)]));
}

const stackOf = (file: string): string => basename(file, ".yaml");

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: projectFolder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 << 20 });
  } catch (error) {
    const { stderr = "", message } = error as { stderr?: string; message: string };
    throw new Error(`git ${args.join(" ")} failed: ${stderr.trim() || message}. A commit must be in this clone; ` +
      "actions/checkout brings only the last one without `fetch-depth: 0`", { cause: error });
  }
}

/** Of a stack that is gone nothing is known but its name, and of another project neither. */
function subjectIn(stack: string): PlanSubject {
  return committedStacks().includes(stack) ? subjectOf(stack) : { stack };
}

if (require.main === module) {
  runScript(() => planDiff(process.argv.slice(2)));
}
