import { projectFolder } from "../../offline/stack-file";
import { keepsData } from "../deployment/kept-data";
import type { Job } from "../github/job";
import type { Previewed, Remark } from "../pulumi/engine-events";
import type { Observed } from "../pulumi/event-log";
import { placeOf } from "../target";
import type { Change } from "./changes";
import { alert, block, code, folded, longestComment } from "./markdown";
import { counts, review, wouldBe, type Words } from "./review";

const roomForTitle = 1_000;

/** Lines of a message of an error: what follows is the way that led there. */
const messageLines = 12;

/** What a reader tells stacks apart by. */
export interface Subject {
  readonly stack: string;
  readonly keepsData: boolean;
  readonly accountId: string;
  readonly region: string;
}

/** A plan, which may be of a project or a stack of which nothing else is known. */
export interface PlanSubject {
  readonly stack: string;
  readonly keepsData?: boolean;
}

/** By the stack's committed file. */
export function subjectOf(stack: string): Subject {
  return { stack, keepsData: keepsData(stack), ...placeOf(stack) };
}

/** What is not to be lost has a lock, what may be tried out a flask. */
export function nameOf({ stack, keepsData: keeps }: PlanSubject): string {
  return keeps === undefined ? stack : `${keeps ? "🔒" : "🧪"} ${stack}`;
}

function whereIs({ keepsData: keeps, accountId, region }: Subject, { commit, page }: Job): string {
  return [
    keeps ? "keeps users' data" : "keeps no data",
    `account ${accountId}`,
    region,
    ...commit ? [`at ${code(commit.slice(0, 7))}`] : [],
    ...page ? [`[log](${page})`] : [],
  ].join(" · ");
}

const whereAll = (job: Job): string => job.page ? "the job's log has the rest" : "`npm run preview` shows the rest";

type Failed = Pick<Observed, "code" | "errors" | "violations" | "stderr">;

export interface PreviewArgs extends Observed {
  readonly subject: Subject;
  readonly job: Job;
  /** What a reader has to know of how the preview was made. */
  readonly notes: readonly string[];
}

/** Pulumi's exit code where there is no such stack. */
export const stackNotFound = 6;

/** The comment of a preview, of one that failed, too. */
export function previewComment(args: PreviewArgs): string {
  const { subject, job, changes, violations } = args;
  if (args.code === stackNotFound) {
    return `## ${nameOf(subject)}: not there yet\n\n${whereIs(subject, job)}\n\n` +
      `There is no stack of this name. Its first update makes all that ${code(`plans/${subject.stack}.yaml`)} holds.\n`;
  }
  const failed = args.code !== 0 && args.code !== unexpectedChanges;
  const shown = failed && violations.length === 0 ? [] : changes;
  const head = [
    `## ${nameOf(subject)}: ${failed ? "the preview failed" : counts(changes) || "nothing would change"}`,
    whereIs(subject, job),
    ...failed ? [failure(args)] : [],
    ...args.notes.map((note) => alert("NOTE", [note])),
  ];
  const foot = [remarks("Warnings", args.warnings)].filter((part) => part !== "");
  return review({ head, changes: shown, foot, whereAll: whereAll(job) });
}

/** Pulumi's exit code where `--expect-no-changes` was wrong. */
export const unexpectedChanges = 7;

function failure({ code: exitCode, errors, violations, stderr }: Failed): string {
  const lines = violations.length > 0 ? violations.flatMap(remarkLines)
    : errors.length > 0 ? errors.flatMap(remarkLines)
      : stderr.trim().split("\n").slice(-messageLines);
  const what = violations.length > 0 ? "Policies forbid this" : "Nothing was previewed to the end";
  return alert("CAUTION", [`**${what}** (exit code ${exitCode})`, "", block(lines)]);
}

function remarkLines({ resource, text }: Remark): string[] {
  const lines = text.replaceAll(`${projectFolder}/`, "").split("\n").filter((line) => !/^\s+at .*(node_modules|node:)/.test(line));
  const shown = lines.length > messageLines ? [...lines.slice(0, messageLines), "..."] : lines;
  return resource === "" ? shown : [`${resource}:`, ...shown.map((line) => `  ${line}`)];
}

function remarks(title: string, all: readonly Remark[]): string {
  return all.length === 0 ? "" : folded(`${title}: ${all.length}`, block(all.flatMap(remarkLines)));
}

/** In the place of the comment of a preview whose job ended before it could say anything. */
export function noPreview(subject: Subject, job: Job): string {
  return `## ${nameOf(subject)}: the preview failed\n\n${whereIs(subject, job)}\n\n${saidNothing}\n`;
}

const saidNothing = alert("CAUTION", ["**The job ended before it could say why**: its log does"]);

/** The comment on what a pull request changes in the committed plans. */
export function planComment(plans: readonly { subject: PlanSubject; changes: readonly Change[] }[], job: Job): string {
  const changed = plans.filter(({ changes }) => changes.length > 0);
  const title = changed.map(({ subject, changes }) => `${nameOf(subject)} ${counts(changes)}`).join(" · ");
  const parts = changed.map(({ subject, changes }, _, { length }) => review({
    head: [`### ${nameOf(subject)}: ${counts(changes)}`],
    changes,
    whereAll: "`git diff` of `plans/` shows the rest",
    room: Math.floor((longestComment - roomForTitle) / length),
  }));
  return [
    `## 📄 Plans: ${title || "nothing changes"}`,
    "What the committed plans say, without a look into AWS: whether something is replaced, the preview tells." +
    (job.page ? ` [log](${job.page})` : ""),
    ...parts.map((part) => part.trimEnd()),
  ].join("\n\n") + "\n";
}

/** In the place of that comment. */
export function noPlans({ page }: Job): string {
  return `## 📄 Plans: nobody could compare them\n\n${page ? `[log](${page})\n\n` : ""}${saidNothing}\n`;
}

/** What a job's page says of a look that failed. */
export function driftFailure(subject: Subject, job: Job, observed: Failed): string {
  return `## ${nameOf(subject)}: nobody could look for drift\n\n${whereIs(subject, job)}\n\n${failure(observed)}\n`;
}

/** What becomes of what Pulumi has made, and others have touched. */
const wasFound: Words = { verbs: { ...wouldBe.verbs, update: "changed", delete: "gone" }, to: "", tense: "was" };

/** The text of the issue on a drift. */
export function driftReport(subject: Subject, job: Job, { changes, warnings }: Previewed): string {
  return review({
    head: [
      `## ${nameOf(subject)}: ${counts(changes, wasFound)} in AWS since Pulumi's last update`,
      whereIs(subject, job),
      "Somebody or something has changed this past Pulumi. Each line goes from what Pulumi has left to what AWS says now. " +
      `Where it is right, take it into the code; where not, ${code(`npm run up -- ${subject.stack} --refresh`)} sets it back.`,
    ],
    changes,
    words: wasFound,
    foot: [remarks("Warnings", warnings)].filter((part) => part !== ""),
    whereAll: whereAll(job),
  });
}
