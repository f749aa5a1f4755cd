import * as fs from "node:fs";
import * as path from "node:path";

import { parsed, type Job, type Workflow } from "../delivery/workflow-files";
import { environmentOf, needsOf } from "../delivery/workflow-rules";
import { Expressions, fail, type Contexts, type Status } from "./expressions";
import { runId, type Occasion, type Scene } from "./occasion";
import { Repository, repositoryName } from "./repository";
import { Steps, type Machines } from "./steps";

export interface JobRun {
  /** `preview (dev)`, `prod / up`. */
  readonly name: string;
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Readonly<Record<string, string>>;
  /** The Markdown on its page. */
  readonly summary: string;
  /** What its steps have said. */
  readonly log: string;
  /** Whose approval it asks for; none where it only takes the name. */
  readonly environment?: string;
}

/** A workflow that is under way. */
interface Play {
  readonly file: string;
  readonly jobs: Workflow["jobs"];
  readonly occasion: Occasion;
  readonly inputs: object;
  /** Of the names of its jobs. */
  readonly prefix: string;
}

/** Runs the jobs of workflows as GitHub does: each on a machine of its own, as soon as those it needs have ended. */
export class Runner {
  private readonly steps: Steps;
  private made = 0;

  private constructor(
    private readonly repository: Repository,
    private readonly machines: Machines,
    private readonly expressions: Expressions,
  ) {
    this.steps = new Steps(machines, expressions);
  }

  static async open(repository: Repository, machines: Machines): Promise<Runner> {
    return new Runner(repository, machines, await Expressions.load());
  }

  /** Runs a workflow as it is in the commit of the occasion. */
  async run(name: string, occasion: Occasion): Promise<readonly JobRun[]> {
    return this.workflow(`.github/workflows/${name}.yml`, occasion, occasion.inputs ?? {}, "");
  }

  /** Ends what is still under way. */
  stop(): Promise<void> {
    return this.steps.stop();
  }

  private async workflow(file: string, occasion: Occasion, inputs: object, prefix: string): Promise<JobRun[]> {
    const { content: { jobs } } = parsed<Workflow>(file, this.repository.show(occasion.sha, file));
    const play: Play = { file, jobs, occasion, inputs, prefix };
    const begun = new Map<string, Promise<JobRun[]>>();
    const begin = (id: string): Promise<JobRun[]> => {
      const run = begun.get(id)
        ?? Promise.all(needsOf(jobOf(play, id)).map(begin)).then(() => this.job(id, play, begun));
      begun.set(id, run);
      return run;
    };
    // Also after one in which the rehearsal itself has failed, nothing of the others may go on by itself.
    const ended = await Promise.allSettled(Object.keys(jobs).map(begin));
    return ended.flatMap((each) => {
      if (each.status === "rejected") {
        throw each.reason;
      }
      return each.value;
    });
  }

  /** Each run of a job whose needs have ended, one for each value of its matrix. */
  private async job(id: string, play: Play, begun: ReadonlyMap<string, Promise<JobRun[]>>): Promise<JobRun[]> {
    const job = jobOf(play, id);
    const all = new Map<string, JobRun>();
    for (const name of ancestorsOf(id, play)) {
      all.set(name, together(name, await begun.get(name) ?? fail(`${name} has not run`)));
    }
    const needs = Object.fromEntries(needsOf(job).map((name) => [name, all.get(name)]));
    const contexts = { ...contextsOf(play.occasion), inputs: play.inputs, needs };
    // After one that was skipped a job runs only if it asks for it.
    const passedOver = !/\b(success|failure|cancelled|always)\s*\(/.test(job.if ?? "")
      && Object.values(needs).some((need) => need?.result === "skipped");
    if (passedOver || !this.expressions.condition(job.if, contexts, statusOf([...all.values()]))) {
      return [{ name: play.prefix + id, result: "skipped", outputs: {}, summary: "", log: "" }];
    }
    if (job.uses !== undefined) {
      const given = Object.fromEntries(Object.entries(job.with ?? {})
        .map(([name, value]) => [name, this.expressions.value(String(value), contexts)]));
      return this.workflow(job.uses.replace("./", ""), play.occasion, given, `${play.prefix}${id} / `);
    }
    const [[name, values] = ["", ""]] = Object.entries(job.strategy?.matrix ?? {});
    const cells = name === "" ? [undefined] : this.expressions.value(values, contexts) as string[];
    return Promise.all(cells.map((cell) => {
      const title = play.prefix + (cell === undefined ? id : `${id} (${cell})`);
      return this.onMachine(title, job, play.occasion, { ...contexts, matrix: { [name]: cell } });
    }));
  }

  private async onMachine(name: string, job: Job, occasion: Occasion, contexts: Contexts): Promise<JobRun> {
    this.made += 1;
    const machine = path.join(this.machines.temporary, `job-${this.made}`);
    const [folder, temp] = [path.join(machine, "work"), path.join(machine, "temp")];
    [folder, temp].forEach((each) => fs.mkdirSync(each, { recursive: true }));
    const environment = environmentOf(job) && this.expressions.text(environmentOf(job) ?? "", contexts);
    const summary = this.steps.file("summary");
    const scene: Scene = { job, occasion, environment, folder, exported: { GITHUB_STEP_SUMMARY: summary } };
    const github = { ...contextsOf(occasion).github, token: tokenOf(job, occasion) };
    const here = { ...contexts, github, runner: { temp } };
    try {
      const ran = await this.steps.run(job.steps ?? [], here, scene);
      const changes = Repository.changesIn(folder);
      return changes === "" ? {
        name,
        result: ran.failed ? "failure" : "success",
        outputs: Object.fromEntries(Object.entries(job.outputs ?? {})
          .map(([output, value]) => [output, this.expressions.text(value, { ...contexts, steps: ran.steps })])),
        summary: fs.readFileSync(summary, "utf8"),
        log: ran.log,
        ...typeof job.environment === "string" && { environment },
      } : fail(`${name} left changes in its checkout:\n${changes}`);
    } finally {
      fs.rmSync(machine, { recursive: true, force: true });
    }
  }
}

function jobOf({ file, jobs }: Play, id: string): Job {
  return jobs[id] ?? fail(`${file} has no job ${id}`);
}

function ancestorsOf(id: string, play: Play): string[] {
  return needsOf(jobOf(play, id)).flatMap((name) => [name, ...ancestorsOf(name, play)]);
}

function contextsOf(occasion: Occasion): { readonly github: object } {
  const { event, sha, ref, payload } = occasion;
  return { github: {
    event_name: event, sha, ref, event: payload, repository: repositoryName, run_id: runId(occasion),
  } };
}

/** GitHub gives a job of a fork's pull request no right to write, whatever the workflow says. */
function tokenOf({ permissions = {} }: Job, { payload }: Occasion): "token" | "token-to-read" {
  const { pull_request: request } = payload as { pull_request?: { head: { repo: { full_name: string } } } };
  const isForks = request !== undefined && request.head.repo.full_name !== repositoryName;
  const writes = Object.entries(permissions).some(([scope, right]) => right === "write" && scope !== "id-token");
  return writes && !isForks ? "token" : "token-to-read";
}

function statusOf(runs: readonly JobRun[]): Status {
  return runs.some(({ result }) => result === "failure") ? "failure" : "success";
}

/** What others see of a job with several runs, or of a workflow that it has called. */
function together(name: string, runs: readonly JobRun[]): JobRun {
  const results = runs.map(({ result }) => result);
  const skipped = results.every((result) => result === "skipped");
  return {
    name,
    result: results.includes("failure") ? "failure" : skipped ? "skipped" : "success",
    outputs: Object.assign({}, ...runs.map(({ outputs }) => outputs)) as Record<string, string>,
    summary: "",
    log: "",
  };
}
