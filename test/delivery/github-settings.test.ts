import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { approvalOf } from "../../delivery/deployment/approval";
import { gitHubSettings } from "../../delivery/github-settings";
import { requiredChecks } from "../../delivery/github/wanted";
import { delivery, exampleRepository, type DeliverySettings } from "../../delivery/settings";
import { projectFolder } from "../../offline/stack-file";
import { GitHub } from "./github";
import { npmRun } from "./shell";
import { workflows, type Workflow } from "./workflow-files";
import { needsOf } from "./workflow-rules";

const settings: DeliverySettings = {
  repository: { ...exampleRepository, id: 987_654 },
  reviewers: { code: ["@octo-org/platform"], deployments: ["@octo-org/platform"] },
  backend: { kind: "bucket" },
  imagesOf: "dev",
  stacks: { dev: { deployedBy: "github" }, prod: { deployedBy: "github" } },
};

describe("npm run github-settings", () => {
  let github: GitHub;

  beforeEach(async () => {
    github = await new GitHub().start();
  });

  afterEach(() => github.stop());

  /** As the command runs, without its process: what it prints, and what it fails with. */
  async function asked(words: readonly string[], said: DeliverySettings = settings, env = github.environment) {
    let stdout = "";
    const failure = await gitHubSettings(words, said, env, (text) => stdout += text).then(() => "", (error: Error) => error.message);
    const rows = stdout.split("\n").filter((line) => /^\w+ {2}/.test(line)).map((line) => line.split(/ {2,}/));
    return { stdout, rows, failure };
  }

  const writes = () => github.asked.filter((request) => !request.startsWith("GET"));

  it("shows what it would set, and sets nothing", async () => {
    const { stdout, rows, failure } = await asked([]);

    assert.equal(failure, "");
    assert.deepEqual(writes(), []);
    assert.deepEqual(rows, [
      ["change", "token of jobs", "default_workflow_permissions", "write -> read"],
      ["change", "token of jobs", "can_approve_pull_request_reviews", "true -> false"],
      ["create", "ruleset main", "target", "branch"],
      ["create", "ruleset main", "enforcement", "active"],
      ["create", "ruleset main", "bypass_actors", "none"],
      ["create", "ruleset main", "include", "refs/heads/main"],
      ["create", "ruleset main", "exclude", "none"],
      ["create", "ruleset main", "deletion", "true"],
      ["create", "ruleset main", "non_fast_forward", "true"],
      ["create", "ruleset main", "pull_request", "true"],
      ["create", "ruleset main", "pull_request.required_approving_review_count", "1"],
      ["create", "ruleset main", "pull_request.require_code_owner_review", "true"],
      ["create", "ruleset main", "pull_request.require_last_push_approval", "true"],
      ["create", "ruleset main", "pull_request.dismiss_stale_reviews_on_push", "true"],
      ["create", "ruleset main", "required_status_checks", "true"],
      ["create", "ruleset main", "required_status_checks.required_status_checks", requiredChecks.toSorted().map((name) => `${name} (app 15368)`).join(", ")],
      ["create", "environment preview-dev", "deployment_branch_policies", "main, refs/pull/*/merge"],
      ["create", "environment dev", "deployment_branch_policies", "main"],
      ["create", "environment preview-prod", "deployment_branch_policies", "main, refs/pull/*/merge"],
      ["create", "environment prod", "deployment_branch_policies", "main"],
      ["create", "environment prod", "reviewers", "@octo-org/platform"],
      ["create", "environment prod", "prevent_self_review", "true"],
      ["create", "environment prod", "can_admins_bypass", "false"],
    ]);
    assert.match(stdout, /\n\nNothing was changed\. To do it: npm run github-settings -- --apply\n$/);
  });

  it("sets it once: a second time there is nothing to do, and prod waits for its reviewers", async () => {
    const first = await asked(["--apply"]);
    assert.equal(first.failure, "");
    assert.ok(first.rows.every(([done]) => done === "created" || done === "changed"), first.stdout);
    const written = writes().length;

    const second = await asked(["--apply"]);

    assert.equal(second.failure, "");
    assert.equal(writes().length, written);
    assert.deepEqual(second.rows.map(([what]) => what), Array<string>(6).fill("unchanged"));
    assert.equal(await approvalOf("prod", github.environment), "reviewers");
    assert.equal(await approvalOf("dev", github.environment), "nobody");
    assert.deepEqual(github.administration.policies.get("prod")?.map(({ name, type }) => [name, type]), [["main", "branch"]]);
  });

  it("tells what somebody has changed since, by setting, and sets that back", async () => {
    await asked(["--apply"]);
    const { rulesets: [main], policies } = github.administration;
    const drifts: readonly [drift: () => unknown, row: string[]][] = [
      [() => Object.assign(main!, { enforcement: "disabled" }), ["ruleset main", "enforcement", "disabled -> active"]],
      [() => Object.assign(main!, { bypass_actors: [{ actor_type: "RepositoryRole", actor_id: 5 }] }),
        ["ruleset main", "bypass_actors", "RepositoryRole 5 -> none"]],
      [() => Object.assign(main!, { rules: main!.rules.filter(({ type }) => type !== "non_fast_forward") }),
        ["ruleset main", "non_fast_forward", "not set -> true"]],
      [() => policies.get("prod")!.push({ id: 7, name: "release", type: "branch" }),
        ["environment prod", "deployment_branch_policies", "main, release -> main"]],
      [() => policies.set("preview-dev", []), ["environment preview-dev", "deployment_branch_policies", "none -> main, refs/pull/*/merge"]],
      [() => Object.assign(github.environments.get("dev")!, { deployment_branch_policy: null }),
        ["environment dev", "deployment_branch_policies", "any branch -> main"]],
      [() => Object.assign(github.environments.get("prod")!, { can_admins_bypass: true }), ["environment prod", "can_admins_bypass", "true -> false"]],
      [() => Object.assign(github.environments.get("prod")!, { protection_rules: [] }), ["environment prod", "reviewers", "none -> @octo-org/platform"]],
    ];
    drifts.forEach(([drift]) => drift());

    const shown = (await asked([])).rows.filter(([what]) => what === "change").map(([, ...row]) => row);
    for (const [, row] of drifts) {
      assert.ok(shown.some((each) => each.join() === row.join()), `${row.join()} is not among\n${shown.join("\n")}`);
    }
    // Without reviewers, nobody is kept from approving their own.
    assert.equal(shown.length, drifts.length + 1);
    assert.equal((await asked(["--apply"])).failure, "");
    assert.ok((await asked([])).rows.every(([what]) => what === "unchanged"));
  });

  it("leaves what is stricter as it is, and what it has no opinion on", async () => {
    github.administration.rulesets.push({
      id: 1, name: "main", target: "branch", enforcement: "evaluate", bypass_actors: [], conditions: {},
      rules: [{ type: "required_linear_history" }, { type: "pull_request", parameters: {
        allowed_merge_methods: ["squash"], required_review_thread_resolution: true, required_approving_review_count: 0,
      } }],
    });
    const reviewers = [{ type: "User", reviewer: { login: "ada" } }];
    github.environments.set("dev", { protection_rules: [{ type: "required_reviewers", reviewers }] });

    assert.equal((await asked(["--apply"])).failure, "");

    const [{ rules }] = github.administration.rulesets as [(typeof github.administration.rulesets)[0]];
    const { parameters } = rules.find(({ type }) => type === "pull_request")!;
    assert.ok(rules.some(({ type }) => type === "required_linear_history"));
    assert.deepEqual(parameters?.["allowed_merge_methods"], ["squash"]);
    assert.equal(parameters["required_review_thread_resolution"], true);
    assert.equal(parameters["required_approving_review_count"], 1);
    assert.equal(await approvalOf("dev", github.environment), "reviewers");
  });

  it("asks one person alone for no second one, who would never come", async () => {
    const reviewers = { code: ["@ada"], deployments: ["@Ada"] };
    const { rows, failure } = await asked(["--apply"], { ...settings, reviewers });

    assert.equal(failure, "");
    const said = Object.fromEntries(rows.map(([, part, setting, value]) => [`${part} ${setting}`, value]));
    assert.equal(said["ruleset main pull_request.required_approving_review_count"], "0");
    assert.equal(said["ruleset main pull_request.require_code_owner_review"], "false");
    assert.equal(said["environment prod reviewers"], "@ada");
    assert.equal(said["environment prod prevent_self_review"], "false");
  });

  it("goes without reviewers where GitHub's plan has none, once the settings say so", async () => {
    github.administration.plan = "private, Team";
    const refused = await asked(["--apply"]);
    assert.match(refused.failure, /^environment prod: GitHub's plan of this account has no such .*deployments: \[\]/);
    assert.match(refused.stdout, /^created +environment preview-prod/m);

    const reviewers = { ...settings.reviewers, deployments: [] };
    const { failure } = await asked(["--apply"], { ...settings, reviewers });

    assert.equal(failure, "");
    assert.deepEqual(github.administration.policies.get("prod")?.map(({ name }) => name), ["main"]);
    assert.equal(await approvalOf("prod", github.environment), "nobody");
  });

  const refusals: readonly [what: string, plant: () => unknown, said: RegExp][] = [
    ["a token without the right", () => github.administration.refused.add("rulesets"),
      /^ruleset main: the token may not do that\..* right administration=write\nGitHub's own words: 403 Resource/],
    ["somebody who is no administrator", () => Object.assign(github.administration, { admin: false }), /^the token's owner is no administrator of octo-org\/accounts/],
    ["another repository than AWS trusts", () => Object.assign(github.administration, { id: 1 }),
      /^octo-org\/accounts has the number 1, but delivery\/settings\.ts says 987654/],
    ["a team that nobody knows", () => github.administration.accounts.clear(),
      /^environment prod: there is none that this token may see\..*Members: read/],
    ["a plan without rulesets", () => Object.assign(github.administration, { plan: "private, Free" }), /^ruleset main: GitHub's plan .* rulesets need Pro or Team/],
    ["what the organization has decided", () => Object.assign(github.administration, { decidedAbove: true }),
      /^token of jobs: the organization has decided this/],
    ["what GitHub takes and does not keep", () => Object.assign(github.administration, { forgets: "can_admins_bypass" }),
      /^environment prod: GitHub took this and did not keep it, .*: can_admins_bypass is true, but must be false/],
  ];
  for (const [what, plant, said] of refusals) {
    it(`stops at ${what}, and says what to do`, async () => {
      plant();
      assert.match((await asked(["--apply"])).failure, said);
    });
  }

  it("asks GitHub for nothing without a token that is valid, or with words it does not know", async () => {
    assert.match((await asked([], settings, {})).failure, /^GITHUB_TOKEN is not set: `export GITHUB_TOKEN=/);
    assert.match((await asked(["--aply"])).failure, /^usage: npm run github-settings .*, but got "--aply"/);
    assert.deepEqual(github.asked, []);
    assert.match((await asked([], settings, { ...github.environment, GITHUB_TOKEN: "old" })).failure,
      /^repository octo-org\/accounts: GITHUB_TOKEN is not valid/);
    assert.deepEqual(github.asked, ["GET /repos/octo-org/accounts"]);
  });

  it("asks GitHub for nothing in a clone that nobody has set up", async () => {
    const { failure } = await asked(["--apply"], { ...settings, repository: exampleRepository });
    assert.match(failure, /^delivery\/settings\.ts does not say yet which repository this is/);
    assert.deepEqual(github.asked, []);
  });

  it("ends with 1 where it does not do what it was asked", async () => {
    const { code, stderr } = await npmRun("github-settings", ["--dry-run", "--apply"]);
    assert.equal(stderr, 'usage: npm run github-settings [-- --dry-run | --apply], but got "--dry-run --apply"\n');
    assert.equal(code, 1);
  });
});

describe("what GitHub's side holds", () => {
  it("requires the jobs of check.yml by the names that a pull request shows, but none that only tells what others found", () => {
    const checks = (jobs: Workflow["jobs"]) => Object.entries(jobs).filter(([, job]) => needsOf(job).length === 0);
    const named = (jobs: Workflow["jobs"]): string[] => checks(jobs).flatMap(([id, { name = id, uses }]) => {
      const called = workflows().find(({ path }) => uses === `./${path}`);
      return called === undefined ? [name] : named(called.content.jobs).map((inner) => `${name} / ${inner}`);
    });
    const check = workflows().find(({ path }) => path.endsWith("/check.yml"))!;

    assert.deepEqual(requiredChecks, named(check.content.jobs), "delivery/github/wanted.ts, and then npm run github-settings -- --apply");
  });

  it("has the code owners of delivery/settings.ts, for all that decides about rights", () => {
    const lines = readFileSync(join(projectFolder, ".github/CODEOWNERS"), "utf8").split("\n").filter((line) => /^[^#\s]/.test(line));
    const owners = new Map(lines.map((line) => line.split(/\s+/)).map(([pattern = "", ...names]) => [pattern, names]));

    assert.deepEqual([...owners.keys()],
      ["/.github/", "/bootstrap/", "/delivery/", "/deployments/", "/infra/roles.ts", "/policy/", "/Pulumi*.yaml"]);
    for (const [pattern, names] of owners) {
      assert.deepEqual(names, delivery.reviewers.code, `${pattern} of .github/CODEOWNERS is not of those that delivery/settings.ts names`);
    }
  });
});
