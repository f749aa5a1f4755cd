import * as fs from "node:fs";
import * as path from "node:path";

import { read, type Action, type Step } from "../delivery/workflow-files";
import { fail, type Contexts, type Expressions } from "./expressions";
import { runId, type Scene } from "./occasion";
import { Shells, type Ended } from "./shells";

/** Plays an action of somebody else, which cannot run here: by its name without its version, with what it is given. */
export type Player = (given: Readonly<Record<string, string>>, scene: Scene) => void;

export interface Machines {
  /** For files of the runs, outside of every checkout. */
  readonly temporary: string;
  readonly players: Readonly<Record<string, Player>>;
  /** Runs a command of a step, or plays it where it cannot run here. */
  readonly command: (command: string, scene: Scene, run: () => Promise<Ended>) => Promise<Ended>;
  /** What a step is told beside what the workflow says. */
  readonly environment: (told: Readonly<Record<string, string>>) => NodeJS.ProcessEnv;
}

interface Done {
  readonly failed: boolean;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Sequence {
  readonly failed: boolean;
  readonly log: string;
  /** By their ids. */
  readonly steps: Readonly<Record<string, { readonly outputs: Done["outputs"] }>>;
}

/** The steps of jobs, one after the other, with a shell for each. */
export class Steps {
  private readonly shells = new Shells();
  private made = 0;

  constructor(private readonly machines: Machines, private readonly expressions: Expressions) {}

  /** Runs the steps of a job, or of an action that is made of steps. */
  async run(steps: readonly Step[], contexts: Contexts, scene: Scene): Promise<Sequence> {
    const done: Record<string, { outputs: Done["outputs"] }> = {};
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

  /** A file of a run, which GitHub keeps outside of the checkout. */
  file(kind: string, content = ""): string {
    this.made += 1;
    const file = path.join(this.machines.temporary, `${this.made}-${kind}`);
    fs.writeFileSync(file, content);
    return file;
  }

  stop(): Promise<void> {
    return this.shells.stop();
  }

  private async use(step: Step, contexts: Contexts, scene: Scene): Promise<Done> {
    const { uses = fail("a step has neither `run` nor `uses`") } = step;
    const given = this.texts(step.with ?? {}, contexts);
    if (!uses.startsWith("./")) {
      const name = uses.split("@")[0] ?? "";
      const play = this.machines.players[name] ?? fail(`nobody plays ${name}`);
      play(given, scene);
      return { failed: false, log: "", outputs: {} };
    }
    const { content } = read<Action>(scene.folder, `${uses.replace("./", "")}/action.yml`);
    const missing = Object.entries(content.inputs ?? {}).filter(([name, { required }]) => required && !given[name]);
    if (missing.length > 0) {
      fail(`${uses} needs ${missing.map(([name]) => name).join(", ")}`);
    }
    const ran = await this.run(content.runs.steps, { ...contexts, inputs: given }, scene);
    const outputs = Object.entries(content.outputs ?? {})
      .map(([name, { value }]) => [name, this.expressions.text(value, { ...contexts, steps: ran.steps })]);
    return { failed: ran.failed, log: ran.log, outputs: Object.fromEntries(outputs) as Record<string, string> };
  }

  private async shell(step: Step, contexts: Contexts, scene: Scene): Promise<Done> {
    const { run = "" } = step;
    const output = this.file("output");
    const { occasion } = scene;
    const environment = this.machines.environment({
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: occasion.event,
      GITHUB_EVENT_PATH: this.file("event", JSON.stringify(occasion.payload)),
      GITHUB_OUTPUT: output,
      GITHUB_REF: occasion.ref,
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_RUN_ID: runId(occasion),
      GITHUB_RUN_NUMBER: String(occasion.run),
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_SHA: occasion.sha,
      ...scene.exported,
      ...this.texts(step.env ?? {}, contexts),
    });
    const { code, log } = await this.machines.command(run, scene, () =>
      this.shells.run(this.file("script", run), run, scene.folder, environment));
    return { failed: code !== 0, log, outputs: outputsIn(fs.readFileSync(output, "utf8")) };
  }

  private texts(values: NonNullable<Step["with"]>, contexts: Contexts): Record<string, string> {
    return Object.fromEntries(Object.entries(values)
      .map(([name, value]) => [name, this.expressions.text(value, contexts)]));
  }
}

function outputsIn(text: string): Record<string, string> {
  return Object.fromEntries(text.split("\n").filter((line) => line !== "").map((line) => {
    const [, name = "", value = ""] = /^([\w-]+)=(.*)$/.exec(line) ?? fail(`"${line}" is no output`);
    return [name, value];
  }));
}
