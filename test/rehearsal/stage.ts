import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { gitHubEnvironment, imageRepository, permissionsBoundary, secretsProvider, stateUrl } from "../../delivery/names";
import { quickStart } from "../../delivery/pulumi/quick-start";
import type { AwsService } from "../../offline/stand-ins/aws-json";
import { startImageRepository, type ImageRepository } from "../../offline/stand-ins/image-repository";
import { startSecrets, type Secrets } from "../../offline/stand-ins/secrets";
import { Stops } from "../../offline/twin/stops";
import { clonedRepository } from "../clone";
import { installFakeDocker } from "../delivery/fake-docker";
import { GitHub } from "../delivery/github";
import { startKeys } from "../engine/keys";
import { Artifacts } from "./artifacts";
import { fail } from "./expressions";
import type { Occasion, Scene } from "./occasion";
import { Packages } from "./packages";
import { Place } from "./place";
import { rehearsedPlace, Repository, repositoryName } from "./repository";
import { Runner, type JobRun } from "./runner";
import { started } from "./started";
import type { Player } from "./steps";

const stacks = ["dev", "prod"] as const;

/** Commands that run the tests of which this is one. */
const ownTests = [".ci/run", "npm run --silent test:mutations"];

/**
 * GitHub with a repository of this project and its workflows, and AWS with both stacks: everything that can be real is
 * (shells, scripts, git, packages, Pulumi's CLI and engine, the program), and the rest is played by what is named here.
 */
export class Stage {
  readonly repository = new Repository();
  readonly github = new GitHub();
  readonly docker: string;
  readonly places: { readonly dev: Place; readonly prod: Place };
  images!: ImageRepository;
  /** Parameter Store, as far as delivery itself uses it. */
  records!: Secrets;
  /** The keys to the stacks' secrets. */
  keys!: AwsService;
  /** Where the twin keeps the keys of dev's clients. */
  secretsOfDev = "";
  private readonly temporary = fs.mkdtempSync(path.join(os.tmpdir(), "accounts-rehearsal-"));
  /** What the machines of all jobs keep there is the compilers' own, and as good for the next. */
  private readonly temporaryOfJobs = path.join(this.temporary, "tmp");
  private readonly artifacts = new Artifacts();
  private readonly stops = new Stops();
  private runner!: Runner;
  private runs = 0;
  private base: NodeJS.ProcessEnv = {};

  constructor() {
    this.docker = path.join(this.temporary, "bin", "docker");
    fs.mkdirSync(this.temporaryOfJobs);
    const tools = { TMPDIR: this.temporaryOfJobs, NODE_COMPILE_CACHE: path.join(this.temporary, "node-compile-cache") };
    // As the commands have told it the CLI, which would hand it on to the program.
    const program = { ...tools, ...quickStart(tools) };
    this.places = { dev: new Place("dev", program), prod: new Place("prod", program) };
    this.base = { ...tools };
    this.stops.add(() => fs.rmSync(this.temporary, { recursive: true, force: true }), () => this.repository.remove());
  }

  /** With Pulumi's CLI; what has started is stopped by `close`, also where this fails. */
  async start(pulumi: string): Promise<void> {
    const places = Object.values(this.places);
    this.stops.add(...places.map((place) => () => place.stop()));
    this.stops.add(() => this.github.stop());
    this.stops.add(() => this.images?.stop(), () => this.records?.stop(), () => this.keys?.stop());
    [this.images, this.records, this.keys] = await started([
      startImageRepository(imageRepository), startSecrets({ secrets: [], parameters: [] }), startKeys(),
      this.github.start(), ...places.map((place) => place.start()),
    ] as const);
    installFakeDocker(this.docker);
    this.base = { ...this.base, ...this.baseEnvironment(pulumi) };
    await this.initStacks();
    this.playSmokeOfProd();
    const packages = new Packages(this.temporary);
    this.runner = await Runner.open(this.repository, {
      temporary: this.temporary,
      players: this.players,
      command: (command, { folder }, run) => ownTests.includes(command) ? Promise.resolve({ code: 0, log: "" })
        : command.startsWith("npm ci ") ? packages.install(command, folder, run) : run(),
      environment: (told) => ({ ...this.base, ...told, ...this.stateFor(told["PULUMI_BACKEND_URL"]) }),
    });
    this.stops.add(() => this.runner.stop());
  }

  /** A push of the checkout's commit to main, or a start of the workflow by hand. */
  async deploy(inputs?: Occasion["inputs"], sha = this.repository.main): Promise<Record<string, JobRun>> {
    return this.run("deploy", { sha, ref: "refs/heads/main", ...inputs === undefined ? { event: "push", payload: {} }
      : { event: "workflow_dispatch", payload: { inputs }, inputs } });
  }

  /** A push to the branch that is checked out. */
  async pullRequest(
    workflow: "check" | "preview", from: { fork?: boolean; author?: string } = {},
  ): Promise<Record<string, JobRun>> {
    const payload = { pull_request: {
      number: 7,
      base: { sha: this.repository.main },
      head: { sha: this.repository.head, repo: { full_name: from.fork ? "somebody/accounts" : repositoryName } },
      user: { login: from.author ?? "octocat" },
    } };
    return this.run(workflow, { event: "pull_request", payload, sha: this.repository.tried, ref: "refs/pull/7/merge" });
  }

  async drift(): Promise<Record<string, JobRun>> {
    return this.run("drift", { event: "schedule", payload: {}, sha: this.repository.main, ref: "refs/heads/main" });
  }

  close(): Promise<void> {
    return this.stops.run();
  }

  private baseEnvironment(pulumi: string): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    return {
      HOME,
      PATH: [path.dirname(this.docker), path.dirname(pulumi), PATH].join(path.delimiter),
      // What `npm ci` has brought to this computer need not come again.
      npm_config_prefer_offline: "true",
      PULUMI_HOME: path.join(this.temporary, "home"),
      PULUMI_BACKEND_URL: `file://${fs.mkdtempSync(path.join(this.temporary, "state-"))}`,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      DRIFT_PAUSE_SECONDS: "0",
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_EC2_METADATA_DISABLED: "true",
      GITHUB_API_URL: this.github.url,
      GITHUB_REPOSITORY: repositoryName,
      GITHUB_REPOSITORY_ID: String(clonedRepository.id),
    };
  }

  /** What an administrator does once for each stack, and commits. */
  private async initStacks(): Promise<void> {
    const administrator = {
      ...this.base, AWS_ENDPOINT_URL_KMS: this.keys.url, AWS_ACCESS_KEY_ID: "administrator", AWS_SECRET_ACCESS_KEY: "stand-in",
    };
    const pulumi = (...args: string[]) => promisify(execFile)("pulumi", args, { cwd: this.repository.folder, env: administrator });
    for (const stack of stacks) {
      await pulumi("stack", "init", stack, "--secrets-provider", secretsProvider(stack, rehearsedPlace));
      await pulumi("config", "set", "accounts:permissionsBoundary", permissionsBoundary(stack), "--stack", stack);
    }
    this.repository.commit("The stacks, with the keys to their secrets");
  }

  /** The bucket is a folder here; a job must have been told of the bucket. */
  private stateFor(url: string | undefined): NodeJS.ProcessEnv {
    if (url !== undefined && url !== stateUrl(rehearsedPlace)) {
      fail(`a job was told that the state is in "${url}"`);
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

  private async run(workflow: string, occasion: Omit<Occasion, "run">): Promise<Record<string, JobRun>> {
    this.runs += 1;
    const jobs = await this.runner.run(workflow, { ...occasion, run: this.runs });
    const left = fs.readdirSync(this.temporaryOfJobs).filter((name) => name.startsWith("accounts-"));
    if (left.length > 0) {
      fail(`the jobs of ${workflow} left in the folder for temporary files: ${left.join(", ")}`);
    }
    return Object.fromEntries(jobs.map((job) => [job.name, job]));
  }

  private readonly players: Readonly<Record<string, Player>> = {
    "actions/checkout": (given, { folder, occasion }) =>
      this.repository.checkOut(given["ref"] ?? occasion.sha, folder, given["fetch-depth"] === "0"),
    "actions/setup-node": () => undefined,
    "actions/upload-artifact": (given, scene) => this.artifacts.upload(given, scene),
    "actions/download-artifact": (given, scene) => this.artifacts.download(given, scene),
    "docker/login-action": (_given, { exported }) => {
      if (exported["AWS_ACCESS_KEY_ID"] === undefined) {
        fail("nobody may log in to the registry without rights in AWS");
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
      fail(`AWS refuses ${role} to a job in the environment ${environment ?? "of none"}, on ${occasion.ref}`);
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
