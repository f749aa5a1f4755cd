import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { read, type Action, type Job, type Step, type Workflow } from "../../delivery/workflow-files";
import { environmentOf, needsOf } from "../../delivery/workflow-rules";
import { Expressions, type Contexts, type Status } from "./expressions";

/** What starts a workflow. */
export interface Occasion {
  readonly event: "push" | "pull_request" | "schedule" | "workflow_dispatch";
  readonly sha: string;
  readonly ref: string;
  /** What GitHub writes into the file of the event. */
  readonly payload: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly run: number;
}

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

/** A job that is under way, for whoever plays one of its actions. */
export interface Scene {
  readonly job: Job;
  readonly occasion: Occasion;
  /** The name of its environment, with or without an approval. */
  readonly environment?: string;
  /** Of all steps that follow. */
  readonly exported: Record<string, string>;
}

/** Plays an action of somebody else, which cannot run here: by its name without its version, with what it is given. */
export type Player = (given: Readonly<Record<string, string>>, scene: Scene) => void;

export interface Stage {
  /** The checkout. */
  readonly folder: string;
  /** For files of the runs, outside of the checkout. */
  readonly temporary: string;
  readonly players: Readonly<Record<string, Player>>;
  /** Plays a command that cannot run here; says whether it did. */
  readonly playCommand: (command: string) => boolean;
  /** What a step is told beside what the workflow says. */
  readonly environment: (told: Readonly<Record<string, string>>) => NodeJS.ProcessEnv;
}

interface Ended {
  readonly failed: boolean;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

type Steps = Record<string, { readonly outputs: Ended["outputs"] }>;

/** Runs the jobs of workflows as GitHub does, one after the other, with a shell for each step. */
export class Runner {
  private made = 0;

  private constructor(private readonly stage: Stage, private readonly expressions: Expressions) {}

  static async open(stage: Stage): Promise<Runner> {
    return new Runner(stage, await Expressions.load());
  }

  /** Runs a workflow of the checkout. */
  async run(name: string, occasion: Occasion): Promise<readonly JobRun[]> {
    return this.workflow(`./.github/workflows/${name}.yml`, occasion, occasion.inputs ?? {}, "");
  }

  private async workflow(file: string, occasion: Occasion, inputs: object, prefix: string): Promise<JobRun[]> {
    const { content } = read<Workflow>(this.stage.folder, file.replace("./", ""));
    const done = new Map<string, JobRun>();
    const all: JobRun[] = [];
    for (const [id, job] of inOrder(content.jobs)) {
      const needed = needsOf(job).map((name) => done.get(name) ?? fail(`${file}: ${id} needs ${name}`));
      const contexts = {
        ...this.contexts(occasion),
        inputs,
        needs: Object.fromEntries(needsOf(job).map((name, index) => [name, {
          result: needed[index]?.result, outputs: needed[index]?.outputs,
        }])),
      };
      const runs = await this.job(id, job, occasion, contexts, statusOf(ancestorsOf(id, content.jobs, done)), prefix);
      all.push(...runs);
      done.set(id, together(id, runs));
    }
    return all;
  }

  private contexts({ event, sha, ref, payload, run }: Occasion): Contexts {
    return {
      github: {
        event_name: event, sha, ref, event: payload, repository: "octo-org/accounts", run_id: String(1000 + run), token: "token",
      },
    };
  }

  /** Each of its runs, one for each value of its matrix. */
  private async job(
    id: string, job: Job, occasion: Occasion, contexts: Contexts, status: Status, prefix: string,
  ): Promise<JobRun[]> {
    const skipped = { name: prefix + id, result: "skipped", outputs: {}, summary: "", log: "" } as const;
    // After one that was skipped a job runs only if it asks for it.
    const needs = Object.values(contexts["needs"] as Record<string, { result: string }>);
    const asks = /\b(success|failure|cancelled|always)\s*\(/.test(job.if ?? "");
    const passedOver = !asks && needs.some(({ result }) => result === "skipped");
    if (passedOver || !this.expressions.condition(job.if, contexts, status)) {
      return [skipped];
    }
    if (job.uses !== undefined) {
      const given = Object.fromEntries(Object.entries(job.with ?? {})
        .map(([name, value]) => [name, this.expressions.value(String(value), contexts)]));
      return this.workflow(job.uses, occasion, given, `${prefix}${id} / `);
    }
    const [[name, values] = ["", ""]] = Object.entries(job.strategy?.matrix ?? {});
    const cells = name === "" ? [undefined] : this.expressions.value(values, contexts) as string[];
    const runs: JobRun[] = [];
    for (const cell of cells) {
      const title = cell === undefined ? prefix + id : `${prefix}${id} (${cell})`;
      runs.push(await this.steps(title, job, occasion, { ...contexts, matrix: { [name]: cell } }));
    }
    return runs;
  }

  private async steps(name: string, job: Job, occasion: Occasion, contexts: Contexts): Promise<JobRun> {
    const environment = environmentOf(job) && this.expressions.text(environmentOf(job) ?? "", contexts);
    const summary = this.file("summary");
    const scene: Scene = { job, occasion, environment, exported: { GITHUB_STEP_SUMMARY: summary } };
    const ran = await this.sequence(job.steps ?? [], contexts, scene);
    return {
      name,
      result: ran.failed ? "failure" : "success",
      outputs: Object.fromEntries(Object.entries(job.outputs ?? {})
        .map(([output, value]) => [output, this.expressions.text(value, { ...contexts, steps: ran.steps })])),
      summary: fs.readFileSync(summary, "utf8"),
      log: ran.log,
      ...typeof job.environment === "string" && { environment },
    };
  }

  /** The steps of a job, or of an action that is made of steps. */
  private async sequence(
    steps: readonly Step[], contexts: Contexts, scene: Scene,
  ): Promise<{ failed: boolean; log: string; steps: Steps }> {
    const done: Steps = {};
    let failed = false;
    let log = "";
    for (const step of steps) {
      const now = { ...contexts, steps: done };
      if (!this.expressions.condition(step.if, now, failed ? "failure" : "success")) {
        continue;
      }
      const ended = step.run === undefined ? await this.use(step, now, scene) : await this.shell(step, now, scene);
      log += ended.log;
      failed ||= ended.failed;
      if (step.id !== undefined) {
        done[step.id] = { outputs: ended.outputs };
      }
    }
    return { failed, log, steps: done };
  }

  private async use(step: Step, contexts: Contexts, scene: Scene): Promise<Ended> {
    const { uses = fail("a step has neither `run` nor `uses`") } = step;
    const given = this.texts(step.with ?? {}, contexts);
    if (!uses.startsWith("./")) {
      const name = uses.split("@")[0] ?? "";
      const play = this.stage.players[name] ?? fail(`nobody plays ${name}`);
      play(given, scene);
      return { failed: false, log: "", outputs: {} };
    }
    const { content } = read<Action>(this.stage.folder, `${uses.replace("./", "")}/action.yml`);
    const missing = Object.entries(content.inputs ?? {}).filter(([name, { required }]) => required && !given[name]);
    if (missing.length > 0) {
      fail(`${uses} needs ${missing.map(([name]) => name).join(", ")}`);
    }
    const { matrix, ...own } = contexts;
    const ran = await this.sequence(content.runs.steps, { ...own, matrix, inputs: given }, scene);
    const outputs = Object.entries(content.outputs ?? {})
      .map(([name, { value }]) => [name, this.expressions.text(value, { ...contexts, steps: ran.steps })]);
    return { failed: ran.failed, log: ran.log, outputs: Object.fromEntries(outputs) as Record<string, string> };
  }

  /** As GitHub runs a step whose shell is bash. */
  private async shell(step: Step, contexts: Contexts, scene: Scene): Promise<Ended> {
    const { run = "" } = step;
    if (this.stage.playCommand(run)) {
      return { failed: false, log: "", outputs: {} };
    }
    const [script, output] = [this.file("script", run), this.file("output")];
    const { occasion } = scene;
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd: this.stage.folder,
      env: this.stage.environment({
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_EVENT_NAME: occasion.event,
        GITHUB_EVENT_PATH: this.file("event", JSON.stringify(occasion.payload)),
        GITHUB_OUTPUT: output,
        GITHUB_REF: occasion.ref,
        GITHUB_RUN_ATTEMPT: "1",
        GITHUB_RUN_ID: String(1000 + occasion.run),
        GITHUB_RUN_NUMBER: String(occasion.run),
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_SHA: occasion.sha,
        ...scene.exported,
        ...this.texts(step.env ?? {}, contexts),
      }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = `$ ${run}\n`;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (log += String(chunk)));
    }
    const [code] = await once(child, "close") as [number | null];
    return { failed: code !== 0, log: `${log}exit code ${code}\n`, outputs: outputsIn(fs.readFileSync(output, "utf8")) };
  }

  private texts(values: NonNullable<Step["with"]>, contexts: Contexts): Record<string, string> {
    return Object.fromEntries(Object.entries(values)
      .map(([name, value]) => [name, this.expressions.text(value, contexts)]));
  }

  private file(kind: string, content = ""): string {
    this.made += 1;
    const file = path.join(this.stage.temporary, `${this.made}-${kind}`);
    fs.writeFileSync(file, content);
    return file;
  }
}

/** Each job after those that it needs. */
function inOrder(jobs: Workflow["jobs"]): [string, Job][] {
  const ordered: [string, Job][] = [];
  const add = (id: string): void => {
    const job = jobs[id] ?? fail(`there is no job ${id}`);
    if (!ordered.some(([name]) => name === id)) {
      needsOf(job).forEach(add);
      ordered.push([id, job]);
    }
  };
  Object.keys(jobs).forEach(add);
  return ordered;
}

function ancestorsOf(id: string, jobs: Workflow["jobs"], done: ReadonlyMap<string, JobRun>): JobRun[] {
  return needsOf(jobs[id] ?? fail(`there is no job ${id}`))
    .flatMap((name) => [done.get(name) ?? fail(`${name} has not run`), ...ancestorsOf(name, jobs, done)]);
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

function outputsIn(text: string): Record<string, string> {
  return Object.fromEntries(text.split("\n").filter((line) => line !== "").map((line) => {
    const [, name = "", value = ""] = /^([\w-]+)=(.*)$/.exec(line) ?? fail(`"${line}" is no output`);
    return [name, value];
  }));
}

function fail(message: string): never {
  throw new Error(message);
}
