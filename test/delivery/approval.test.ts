import { strict as assert } from "node:assert";

import { approvalOf } from "../../delivery/deployment/approval";
import { GitHub, type WorkflowRun } from "./github";
import { npmRun } from "./shell";

describe("who answers for a deployment", () => {
  let github: GitHub;

  beforeEach(async () => {
    github = await new GitHub().start();
  });

  afterEach(() => github.stop());

  const asked = (event: string) => approvalOf("prod", { ...github.environment, GITHUB_EVENT_NAME: event });
  const reviewers = { type: "required_reviewers", reviewers: [{ type: "Team" }] };

  it("are the reviewers of the environment, whatever started the workflow", async () => {
    github.environments.set("prod", { protection_rules: [{ type: "branch_policy" }, reviewers] });

    assert.equal(await asked("push"), "reviewers");
    assert.equal(await asked("workflow_dispatch"), "reviewers");
  });

  it("is who starts it by hand, where there are none, and nobody after a push", async () => {
    for (const rules of [undefined, [], [{ type: "branch_policy" }], [{ ...reviewers, reviewers: [] }]]) {
      github.environments.set("prod", { protection_rules: rules });
      assert.equal(await asked("push"), "nobody");
      assert.equal(await asked("workflow_dispatch"), "person");
    }
  });

  it("is nobody for an environment that is not there, which GitHub would make when a job names it", async () => {
    assert.equal(await asked("push"), "nobody");
  });

  it("is not guessed at where GitHub does not answer", async () => {
    await assert.rejects(approvalOf("prod", { ...github.environment, GITHUB_TOKEN: "another" }), /Bad credentials/);
    await assert.rejects(approvalOf("prod", {}), /GITHUB_REPOSITORY and GITHUB_TOKEN are not set/);
  });
});

describe("npm run supersede", function () {
  this.timeout(60_000);

  it("cancels the older runs that wait for an approval, and no others", async () => {
    const github = await new GitHub().start();
    const run = (number: number, status: WorkflowRun["status"]): WorkflowRun => ({ id: 100 + number, run_number: number, status });
    github.runs.push(run(1, "completed"), run(2, "waiting"), run(3, "in_progress"), run(4, "waiting"), run(5, "in_progress"), run(6, "waiting"));
    try {
      const { code, stderr } = await npmRun("supersede", [], { env: { ...github.environment, GITHUB_RUN_NUMBER: "5" } });

      assert.equal(code, 0, stderr);
      assert.deepEqual(github.runs.map(({ status }) => status),
        ["completed", "completed", "in_progress", "completed", "in_progress", "waiting"]);
      assert.match(stderr, /run 2 waited, and is part of this one: cancelled\nrun 4 waited/);
    } finally {
      github.stop();
    }
  });

  it("leaves one alone that was approved meanwhile, and those of other branches", async () => {
    const github = await new GitHub().start();
    github.runs.push(
      { id: 101, run_number: 1, status: "waiting", approvedOnceListed: true },
      { id: 102, run_number: 2, status: "waiting", head_branch: "elsewhere" },
      { id: 103, run_number: 3, status: "waiting" },
    );
    try {
      const { code, stderr } = await npmRun("supersede", [], { env: { ...github.environment, GITHUB_RUN_NUMBER: "5" } });

      assert.equal(code, 0, stderr);
      assert.deepEqual(github.runs.map(({ status }) => status), ["in_progress", "waiting", "completed"], stderr);
    } finally {
      github.stop();
    }
  });
});
