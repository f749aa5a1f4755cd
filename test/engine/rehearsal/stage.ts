import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { gitHubEnvironment, imageRepository, permissionsBoundary, secretsProvider, stateUrl } from "../../../delivery/names";
import { startImageRepository, type ImageRepository } from "../../../offline/stand-ins/image-repository";
import type { AwsService } from "../../../offline/stand-ins/aws-json";
import { startSecrets, type Secrets } from "../../../offline/stand-ins/secrets";
import { readStackFile } from "../../../offline/stack-file";
import { installFakeDocker } from "../../delivery/fake-docker";
import { GitHub } from "../../delivery/github";
import { startKeys } from "../keys";
import { pulumiCliFor } from "../pulumi-cli";
import { Place } from "./place";
import { Repository, repositoryId } from "./repository";
import { Runner, type JobRun, type Occasion, type Player, type Scene } from "./runner";

const stacks = ["dev", "prod"] as const;

/**
 * GitHub with a repository of this project and its workflows, and AWS with both stacks: everything that can be real is
 * (shells, scripts, git, Pulumi's CLI and engine, the program), and the rest is played by what is named here.
 */
export class Stage {
  readonly repository = new Repository();
  readonly github = new GitHub();
  readonly places = { dev: new Place("dev"), prod: new Place("prod") };
  readonly docker: string;
  images!: ImageRepository;
  /** Parameter Store, as far as delivery itself uses it. */
  records!: Secrets;
  /** The keys to the stacks' secrets. */
  keys!: AwsService;
  /** Where the twin keeps the keys of dev's clients. */
  secretsOfDev = "";
  private readonly temporary = fs.mkdtempSync(path.join(os.tmpdir(), "accounts-rehearsal-"));
  private readonly stops: (() => unknown)[] = [];
  private runner!: Runner;
  private runs = 0;
  private base: NodeJS.ProcessEnv = {};

  private constructor() {
    this.docker = path.join(this.temporary, "bin", "docker");
    this.stops.push(() => fs.rmSync(this.temporary, { recursive: true, force: true }), () => this.repository.remove());
  }

  /** To be called from `before` of a suite, which is skipped where there is no Pulumi CLI. */
  static async open(suite: Mocha.Context): Promise<Stage> {
    const { command } = await pulumiCliFor(suite);
    const stage = new Stage();
    try {
      await stage.start(command);
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  /** A push of the checkout's commit to main, or a start of the workflow by hand. */
  async deploy(inputs?: Occasion["inputs"]): Promise<Record<string, JobRun>> {
    return this.run("deploy", inputs === undefined ? { event: "push", payload: {} }
      : { event: "workflow_dispatch", payload: { inputs }, inputs });
  }

  async pullRequest(
    workflow: "check" | "preview", from: { fork?: boolean; author?: string } = {},
  ): Promise<Record<string, JobRun>> {
    const payload = { pull_request: {
      number: 7,
      base: { sha: execFileSync("git", ["rev-parse", "main"], { cwd: this.repository.folder, encoding: "utf8" }).trim() },
      head: { sha: this.repository.head, repo: { full_name: from.fork ? "somebody/accounts" : "octo-org/accounts" } },
      user: { login: from.author ?? "octocat" },
    } };
    return this.run(workflow, { event: "pull_request", payload, ref: "refs/pull/7/merge" });
  }

  async drift(): Promise<Record<string, JobRun>> {
    return this.run("drift", { event: "schedule", payload: {} });
  }

  async close(): Promise<void> {
    for (const stop of this.stops.splice(0).toReversed()) {
      await stop();
    }
  }

  /** What an administrator does once for each stack, and commits. */
  private async initStacks(): Promise<void> {
    const administrator = {
      ...this.base, AWS_ENDPOINT_URL_KMS: this.keys.url, AWS_ACCESS_KEY_ID: "administrator", AWS_SECRET_ACCESS_KEY: "stand-in",
    };
    const pulumi = (...args: string[]) => promisify(execFile)("pulumi", args, { cwd: this.repository.folder, env: administrator });
    for (const stack of stacks) {
      const { "aws:region": region = "", "accounts:accountId": accountId = "" } = readStackFile(stack);
      await pulumi("stack", "init", stack, "--secrets-provider", secretsProvider(stack, { region, accountId }));
      await pulumi("config", "set", "accounts:permissionsBoundary", permissionsBoundary(stack), "--stack", stack);
    }
    this.repository.commit("The stacks, with the keys to their secrets");
  }

  private async start(pulumi: string): Promise<void> {
    for (const place of Object.values(this.places)) {
      this.stops.push(() => place.stop());
      await place.start();
    }
    await this.github.start();
    this.stops.push(() => this.github.stop());
    this.images = await startImageRepository(imageRepository);
    this.records = await startSecrets({ secrets: [], parameters: [] });
    this.keys = await startKeys();
    this.stops.push(() => this.images.stop(), () => this.records.stop(), () => this.keys.stop());
    installFakeDocker(this.docker);
    this.base = this.baseEnvironment(pulumi);
    await this.initStacks();
    this.playSmokeOfProd();
    this.runner = await Runner.open({
      folder: this.repository.folder,
      temporary: this.temporary,
      players: this.players,
      // The packages are there, and the tests are those of which this is one.
      playCommand: (command) => /^npm ci --ignore-scripts( --prefix service)?$/.test(command) || command === ".ci/run",
      environment: (told) => ({ ...this.base, ...told, ...this.stateFor(told["PULUMI_BACKEND_URL"]) }),
    });
  }

  private baseEnvironment(pulumi: string): NodeJS.ProcessEnv {
    const { PATH, HOME, TMPDIR } = process.env;
    return {
      HOME,
      TMPDIR,
      PATH: [path.dirname(this.docker), path.dirname(pulumi), PATH].join(path.delimiter),
      PULUMI_HOME: path.join(this.temporary, "home"),
      PULUMI_BACKEND_URL: `file://${fs.mkdtempSync(path.join(this.temporary, "state-"))}`,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      DRIFT_PAUSE_SECONDS: "0",
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_EC2_METADATA_DISABLED: "true",
      GITHUB_API_URL: this.github.url,
      GITHUB_REPOSITORY: "octo-org/accounts",
      GITHUB_REPOSITORY_ID: String(repositoryId),
    };
  }

  /** The bucket is a folder here; a job must have been told of the bucket. */
  private stateFor(url: string | undefined): NodeJS.ProcessEnv {
    const { "aws:region": region = "", "accounts:accountId": accountId = "" } = readStackFile("dev");
    if (url !== undefined && url !== stateUrl({ region, accountId })) {
      throw new Error(`a job was told that the state is in "${url}"`);
    }
    return { PULUMI_BACKEND_URL: this.base["PULUMI_BACKEND_URL"] };
  }

  /** prod answers at a name of its own, with a certificate: not on this computer. dev's smoke test is real. */
  private playSmokeOfProd(): void {
    const file = fs.readFileSync(path.join(this.repository.folder, "package.json"), "utf8");
    const { scripts: { smoke } } = JSON.parse(file) as { scripts: Record<string, string> };
    const played = 'case \\"$*\\" in \\"--stack prod\\") echo the smoke test of prod is played; exit 0;; esac;';
    this.repository.edit("package.json", `"smoke": "${smoke}"`, `"smoke": "f() { ${played} ${smoke} \\"$@\\"; }; f"`);
    this.repository.commit("The smoke test of prod is played");
  }

  private async run(workflow: string, { event, payload, ref = "refs/heads/main", inputs }: {
    event: Occasion["event"]; payload: object; ref?: string; inputs?: Occasion["inputs"];
  }): Promise<Record<string, JobRun>> {
    this.runs += 1;
    const occasion = { event, payload, ref, inputs, sha: this.repository.head, run: this.runs };
    const jobs = await this.runner.run(workflow, occasion);
    if (this.repository.changed !== "") {
      throw new Error(`the jobs of ${workflow} left changes in the checkout:\n${this.repository.changed}`);
    }
    return Object.fromEntries(jobs.map((job) => [job.name, job]));
  }

  private readonly players: Readonly<Record<string, Player>> = {
    "actions/checkout": () => undefined,
    "actions/setup-node": () => undefined,
    "docker/login-action": (_given, { exported }) => {
      if (exported["AWS_ACCESS_KEY_ID"] === undefined) {
        throw new Error("nobody may log in to the registry without rights in AWS");
      }
    },
    "docker/setup-buildx-action": () => undefined,
    "pulumi/actions": () => undefined,
    "aws-actions/configure-aws-credentials": (given, scene) => {
      Object.assign(scene.exported, this.assume(given["role-to-assume"] ?? "", scene));
    },
  };

  /** The trust that bootstrap/ gives the roles: by environment, and by branch for what changes something. */
  private assume(arn: string, { job, occasion, environment }: Scene): Record<string, string> {
    const role = arn.split("/").at(-1) ?? "";
    const [, duty, stack] = /^pipeline-accounts-(preview|deploy)-(dev|prod)$/.exec(role) ?? [];
    const wanted = duty === undefined ? undefined : gitHubEnvironment(duty as "preview" | "deploy", stack ?? "");
    const onMain = occasion.ref === "refs/heads/main";
    if (job.permissions?.["id-token"] !== "write" || environment !== wanted || (duty !== "preview" && !onMain)) {
      throw new Error(`AWS refuses ${role} to a job in the environment ${environment ?? "of none"}, on ${occasion.ref}`);
    }
    return {
      ...stack === undefined ? {} : this.places[stack as "dev" | "prod"].environment,
      AWS_ACCESS_KEY_ID: role,
      AWS_SECRET_ACCESS_KEY: "stand-in",
      AWS_ENDPOINT_URL_ECR: this.images.url,
      AWS_ENDPOINT_URL_SSM: this.records.url,
      AWS_ENDPOINT_URL_KMS: this.keys.url,
      ...stack === "dev" && { AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secretsOfDev },
    };
  }
}
