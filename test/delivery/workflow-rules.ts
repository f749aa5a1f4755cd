import type { Action, Job, Read, Step, Workflow } from "./workflow-files";

/** Scripts of package.json, with what they need not be given. */
export type Scripts = readonly string[];

/** The runner of all jobs, by a name that does not move. */
const runner = "ubuntu-24.04";

/** Triggers whose runs have the rights of the main branch while they read what somebody else has written. */
const forbiddenTriggers = ["pull_request_target", "workflow_run", "issue_comment", "issues", "discussion", "discussion_comment"];

/** What a pull request would be merged into, which its author has not written. */
const baseOfPullRequest = "${{ github.event.pull_request.base.sha }}";

/** What this project demands of a workflow beside what GitHub does: one line a problem. */
export function workflowProblems({ path, text, content }: Read<Workflow>, scripts: Scripts): string[] {
  const triggers = triggersOf(content);
  const problems = [
    ...unpinned(text),
    ...triggers.filter((trigger) => forbiddenTriggers.includes(trigger)).map((trigger) => `runs on ${trigger}, with rights, at what strangers write`),
    ...JSON.stringify(content.permissions) === "{}" ? [] : ["does not begin without rights: `permissions: {}`"],
    ...content.defaults?.run?.shell === "bash" ? [] : ["does not say `defaults: run: shell: bash`, which ends at the first error, also in a pipe"],
    .../\bsecrets\b/.test(text.replaceAll(/#.*$/gm, "")) ? ["uses a secret: jobs prove who they are"] : [],
    ...Object.entries(content.jobs).flatMap(([name, job]) =>
      jobProblems(job, triggers, scripts).map((problem) => `job ${name} ${problem}`)),
  ];
  return problems.map((problem) => `${path}: ${problem}`);
}

export function actionProblems({ path, text, content }: Read<Action>, scripts: Scripts): string[] {
  return [
    ...unpinned(text),
    ...content.runs.using === "composite" ? [] : [`is ${content.runs.using}, and not made of steps that can be read`],
    ...content.runs.steps.flatMap((step) => [...stepProblems(step, scripts), ...rightsProblems(step)]),
    ...content.runs.steps.filter(({ run, shell }) => run !== undefined && shell !== "bash").map(({ run }) => `runs "${run}" without \`shell: bash\``),
  ].map((problem) => `${path}: ${problem}`);
}

/** Every step of a job can ask for its rights, and jobs with rights are made of these. */
function rightsProblems({ run = "", uses = "", with: given }: Step): string[] {
  const takesCache = /^actions\/cache[@/]/.test(uses)
    || (uses.startsWith("actions/setup-node@") && (given?.["package-manager-cache"] !== false || given["cache"] !== undefined));
  return [
    .../^npm ci\b/.test(run) && !run.includes(" --ignore-scripts") ? [`runs the packages' own scripts beside rights: ${run}`] : [],
    ...takesCache ? [`takes a cache into a job with rights: ${uses}`] : [],
  ];
}

/** The words of `needs`. */
export function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === "string" ? [needs] : needs;
}

export function environmentOf({ environment }: Job): string | undefined {
  return typeof environment === "object" ? environment.name : environment;
}

function triggersOf({ on }: Workflow): string[] {
  return typeof on === "string" ? [on] : Object.keys(on);
}

function jobProblems(job: Job, triggers: readonly string[], scripts: Scripts): string[] {
  const { permissions, steps = [] } = job;
  const mayProve = permissions?.["id-token"] === "write";
  return [
    ...permissions === undefined ? ["does not name its rights"] : [],
    ...Object.entries(permissions ?? {}).filter(([, right]) => !["read", "write"].includes(right)).map(([scope]) => `names ${scope} without read or write`),
    ...job.secrets === undefined ? [] : ["hands on secrets"],
    ...job["continue-on-error"] === undefined ? [] : ["goes on after an error"],
    ...job.uses === undefined ? ownJobProblems(job) : [],
    ...job.uses === undefined || job.uses.startsWith("./") ? [] : [`runs a workflow of somebody else: ${job.uses}`],
    ...steps.flatMap((step) => stepProblems(step, scripts)),
    ...triggers.includes("pull_request") && mayProve ? forkProblems(job) : [],
    ...triggers.includes("pull_request") ? writeProblems(job) : [],
    ...mayProve || written(permissions).length > 0 ? cacheProblems(job) : [],
    ...updates(job) ? updateProblems(job) : [],
  ];
}

/** Of a job with steps of its own. */
function ownJobProblems(job: Job): string[] {
  return [
    ...job["runs-on"] === runner ? [] : [`runs on ${job["runs-on"]}, but must run on ${runner}`],
    ...Number.isInteger(job["timeout-minutes"]) ? [] : ["has no time limit"],
  ];
}

function stepProblems({ run, uses, "continue-on-error": goesOn, with: given }: Step, scripts: Scripts): string[] {
  return [
    ...run === undefined ? [] : runProblems(run, scripts),
    ...goesOn === undefined ? [] : ["has a step that goes on after an error"],
    ...uses?.startsWith("actions/checkout@") && given?.["persist-credentials"] !== false ? ["leaves its token in the checkout"] : [],
    ...uses?.startsWith("docker/setup-buildx-action@") && !/^image=\S+@sha256:[0-9a-f]{64}$/.test(String(given?.["driver-opts"]))
      ? ["builds with whatever builder has a tag today: `driver-opts: image=<image>@sha256:<digest>`"] : [],
    ...uses?.startsWith("actions/checkout@") && ![undefined, baseOfPullRequest].includes(given?.["ref"] as string | undefined)
      ? ["checks out something else than what it was started for, or would be merged into"] : [],
  ];
}

/** A shell gets a script of this repository and variables: nothing that somebody has written is part of a command. */
function runProblems(run: string, scripts: Scripts): string[] {
  const word = String.raw`(?:[\w:./=-]+|"\$[A-Z_]+")`;
  const npm = new RegExp(String.raw`^npm run (?:--silent )?([\w:-]+)(?: --(?: ${word})+)?(?: >> "\$GITHUB_OUTPUT")?$`).exec(run);
  return [
    ...run.includes("${{") ? [`puts an expression into a shell: ${run}`] : [],
    ...run.includes("${{") || npm !== null || /^npm ci( --ignore-scripts)?( --prefix service)?$/.test(run) || run === ".ci/run"
      ? [] : [`runs "${run}", which is no script of this repository with words or quoted variables`],
    ...npm !== null && !scripts.includes(npm[1] ?? "") ? [`runs npm script ${npm[1]}, which package.json does not have`] : [],
  ];
}

function unpinned(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, uses] = /^\s*-?\s*uses:\s*(.+)$/.exec(line) ?? [];
    return uses === undefined || uses.startsWith("./") || /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/.test(uses)
      ? [] : [`uses ${uses}, but must name a commit and, in a comment, its version`];
  });
}

/** What somebody outside has sent must not run where a token can be had that AWS takes. */
function forkProblems({ if: condition = "", environment }: Job): string[] {
  const [sameRepository, nobodysCode] = [
    "github.event.pull_request.head.repo.full_name == github.repository",
    "github.event.pull_request.user.login != 'dependabot[bot]'",
  ];
  const all = condition.split("&&").map((part) => part.trim());
  return [
    ...all.includes(sameRepository) ? [] : ["has rights in AWS for pull requests of forks"],
    ...all.includes(nobodysCode) ? [] : ["has rights in AWS for what Dependabot brings"],
    ...typeof environment === "object" && environment.name.startsWith("preview-") ? [] : ["has another environment than a preview's in a pull request"],
  ];
}

/** Whatever the code of a pull request may write on GitHub, its author may. */
function writeProblems(job: Job): string[] {
  return runsCodeOfBase(job) ? []
    : written(job.permissions).map((scope) => `runs the code of a pull request, which may write ${scope}`);
}

/** Whether all that a job runs is there already, where the pull request would be merged into. */
function runsCodeOfBase({ uses, steps = [] }: Job): boolean {
  const checkouts = steps.filter((step) => step.uses?.startsWith("actions/checkout@"));
  return uses === undefined && checkouts.length > 0 && checkouts.every((step) => step.with?.["ref"] === baseOfPullRequest);
}

/**
 * Caches and artifacts carry what a job without rights has written into one with rights. Code of the base may be given
 * a text of the pull request, outside of the folder that it runs in, and without rights in AWS.
 */
function cacheProblems(job: Job): string[] {
  const mayTakeText = runsCodeOfBase(job) && job.permissions?.["id-token"] !== "write";
  const isText = ({ uses = "", with: given }: Step) =>
    uses.startsWith("actions/download-artifact@") && String(given?.["path"]).startsWith("${{ runner.temp }}/");
  const carries = ({ uses = "", with: given }: Step) =>
    /^actions\/(cache|download-artifact)[@/]/.test(uses) || given?.["cache"] !== undefined;
  return (job.steps ?? []).filter((step) => carries(step) && !(mayTakeText && isText(step)))
    .map(({ uses }) => `has rights, and takes what another job has left: ${uses}`);
}

/** By which somebody could change what is deployed, or what others read; a proof of who one is writes nothing. */
function written(permissions: Job["permissions"] = {}): string[] {
  return Object.keys(permissions).filter((scope) => permissions[scope] === "write" && scope !== "id-token");
}

/** Whether a job changes a stack. */
function updates({ steps = [] }: Job): boolean {
  return steps.some(({ run = "" }) => /^npm run (--silent )?(up|unlock)\b/.test(run));
}

function updateProblems(job: Job): string[] {
  const { concurrency, environment } = job;
  return [
    ...typeof environment === "string" ? [] : ["changes a stack without the environment that has to be approved"],
    ...concurrency?.group === `pulumi-${environment as string}` ? [] : ["changes a stack outside of the stack's own concurrency group"],
    ...concurrency?.["cancel-in-progress"] === false ? [] : ["may be cancelled in the middle of an update"],
    ...concurrency?.queue === "max" ? [] : ["is dropped by the next one that waits: `queue: max`"],
  ];
}
