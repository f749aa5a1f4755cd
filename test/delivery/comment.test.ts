import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bodyOf } from "../../delivery/github/repository";
import { longestComment } from "../../delivery/report/markdown";
import { clonedRepository } from "../clone";
import { ExampleProject } from "../example/project";
import { GitHub } from "./github";
import { npmRun } from "./shell";

describe("npm run comment", function () {
  this.timeout(120_000);
  let project: ExampleProject;
  let github: GitHub;
  let folder: string;

  before(() => {
    project = new ExampleProject();
    // Of a clone that is not set up nobody previews anything.
    project.deliver({ repository: clonedRepository });
  });

  after(() => project.remove());

  beforeEach(async () => {
    github = await new GitHub().start();
    folder = mkdtempSync(join(tmpdir(), "accounts-comments-"));
    mkdirSync(join(folder, "comments"));
    writeFileSync(join(folder, "event.json"), JSON.stringify({ pull_request: { number: 7, head: { sha: "0a1b2c3d4e5f" } } }));
  });

  afterEach(() => {
    github.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const left = (file: string, text: string) => writeFileSync(join(folder, "comments", file), text);
  const comment = (words = ["preview", join(folder, "comments")], env: NodeJS.ProcessEnv = {}) => npmRun("comment", words, {
    folder: project.folder,
    env: { ...github.environment, GITHUB_EVENT_PATH: join(folder, "event.json"), GITHUB_RUN_ID: "9", GITHUB_SERVER_URL: "https://github.com", ...env },
  });
  /** Returns what it has said. */
  async function posted(words?: string[]): Promise<string> {
    const { code, stderr } = await comment(words);
    assert.equal(code, 0, stderr);
    return stderr;
  }
  const said = () => github.comments.map(({ on, body }) => [on, body]);

  it("posts the text of each stack as it is, in the stack's own comment, and says where a preview left none", async () => {
    left("dev.md", "## dev: 2 to change\n\n<!-- accounts: preview prod -->\n");
    left("staging.md", "of a stack that nobody knows here");
    github.comment(7, bodyOf({ kind: "preview", stack: "prod" }, "before"), "Bot");

    await posted();

    assert.deepEqual(said(), [
      [7, "<!-- accounts: preview prod -->\n## 🔒 prod: the preview failed\n\n"
        + "keeps users' data · account 123456789012 · eu-west-1 · at `0a1b2c3` · [log](https://github.com/octo-org/accounts/actions/runs/9)\n\n"
        + "> [!CAUTION]\n> **The job ended before it could say why**: its log does\n"],
      [7, "<!-- accounts: preview dev -->\n## dev: 2 to change\n\n<!-- accounts: preview prod -->\n"],
    ]);
  });

  it("posts the text on the plans in the comment of that kind", async () => {
    left("plan.md", "## Plans");
    await posted(["plan", join(folder, "comments")]);
    assert.deepEqual(said(), [[7, bodyOf({ kind: "plan", stack: "" }, "## Plans")]]);

    rmSync(join(folder, "comments"), { recursive: true });
    await posted(["plan", join(folder, "comments")]);
    const { body } = github.comments[0]!;
    assert.match(body, /^<!-- accounts: plan -->\n## 📄 Plans: nobody could compare them\n\n\[log\]/);
  });

  it("posts no more than a comment takes", async () => {
    left("plan.md", "x".repeat(10 * longestComment));
    await posted(["plan", join(folder, "comments")]);
    assert.equal(github.comments[0]?.body, bodyOf({ kind: "plan", stack: "" }, "x".repeat(longestComment)));
  });

  it("posts no file of its own machine that a link names, nor a folder", async () => {
    symlinkSync("/proc/self/environ", join(folder, "comments", "plan.md"));
    const link = await comment(["plan", join(folder, "comments")]);
    rmSync(join(folder, "comments", "plan.md"));
    mkdirSync(join(folder, "comments", "plan.md"));
    const directory = await comment(["plan", join(folder, "comments")]);

    assert.match(link.stderr, /plan\.md is a link, but must be a file: nothing of it is posted/);
    assert.match(directory.stderr, /plan\.md is no file: nothing of it is posted/);
    assert.deepEqual([link.code, directory.code, said()], [1, 1, []]);
  });

  it("is no failure with the token of a fork", async () => {
    github.readOnly = true;
    assert.match(await posted(), /no comment: the token of this job may only read/);
  });

  it("refuses other words, and to run outside of a job of a pull request", async () => {
    assert.match((await comment(["drift", folder])).stderr, /the arguments are "drift .+": npm run comment -- preview\|plan <folder>/);
    assert.match((await comment(["plan", folder], { GITHUB_TOKEN: "" })).stderr, /this is for a job of GitHub's/);
  });
});
