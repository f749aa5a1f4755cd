import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { planChanges } from "../../delivery/report/plan-changes";
import { projectFolder } from "../../offline/stack-file";
import { copyProject } from "../project-copy";

const script = ["--require", "./offline/prelude.cjs", "--import", "tsx", "delivery/plan-diff.ts"];
const database = "accounts:infra:Database$aws:rds/instance:Instance::database-1";

describe("the difference of two plans", () => {
  const plan = (resources: object) => JSON.stringify({ outputs: { url: "http://a" }, ...resources });

  it("tells what comes, changes and goes, and options like properties", () => {
    const changes = planChanges(
      plan({ [database]: { "(protect)": true, port: 1 }, "a:b/c:D::gone": { x: 1 }, "a:b/c:D::same": { x: 1 } }),
      plan({ [database]: { port: 2 }, "a:b/c:D::new": { x: 1 }, "a:b/c:D::same": { x: 1 } }),
    );

    assert.deepEqual(changes.map(({ name, operation, properties }) => [name, operation, properties]), [
      ["database-1", "update", [{ path: "(protect)", from: true }, { path: "port", from: 1, to: 2 }]],
      ["new", "create", [{ path: "x", to: 1 }]],
      ["gone", "delete", [{ path: "x", from: 1 }]],
    ]);
  });

  it("knows a resource by an alias, what stays in AWS, and the outputs of the stack", () => {
    const changes = planChanges(
      JSON.stringify({ outputs: { url: "a" }, "old$a:b/c:D::d": { x: 1 }, "a:b/c:D::kept": { "(retainOnDelete)": true } }),
      JSON.stringify({ outputs: { url: "b" }, "new$a:b/c:D::d": { x: 1, "(aliases)": ["old$a:b/c:D::d"] } }),
    );

    assert.deepEqual(changes.map(({ name, operation, properties }) => [name, operation, properties]), [
      ["outputs", "update", [{ path: "url", from: "a", to: "b" }]],
      ["d", "update", [
        { path: "(aliases)", to: ["old$a:b/c:D::d"] },
        { path: "(urn)", from: "old$a:b/c:D::d", to: "new$a:b/c:D::d" },
      ]],
      ["kept", "release", [{ path: "(retainOnDelete)", from: true }]],
    ]);
  });

  it("leaves out what components are told, and of a stack that comes or goes its outputs", () => {
    const components = (x: number) => plan({ "accounts:infra:Network$awsx:ec2:Vpc::network": { x }, "accounts:infra:Network::network": { x } });

    assert.deepEqual(planChanges(components(1), components(2)), []);
    assert.deepEqual(planChanges(undefined, components(1)), []);
    assert.deepEqual(planChanges(components(1), undefined), []);
  });
});

describe("npm run plan-diff", function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-plans-"));
    mkdirSync(join(folder, "base"));
    cpSync(join(projectFolder, "plans"), join(folder, "base"), { recursive: true });
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function planDiff(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = projectFolder) {
    const file = join(folder, "comment.md");
    rmSync(file, { force: true });
    const { status, stderr } = spawnSync(process.execPath, [...script, ...args, "--comment-file", file], {
      cwd, encoding: "utf8", env: { ...process.env, GITHUB_STEP_SUMMARY: join(folder, "summary.md"), GITHUB_TOKEN: "", ...env },
    });
    return { status, stderr, comment: existsSync(file) ? readFileSync(file, "utf8") : "" };
  }

  /** Makes the base another one than what is committed. */
  function edit(stack: string, from: string, to: string): void {
    const file = join(folder, "base", `${stack}.yaml`);
    const before = readFileSync(file, "utf8");
    assert.ok(before.includes(from), from);
    writeFileSync(file, before.replace(from, to));
  }

  it("tells both stacks in one comment, a setting, a policy and a protection", () => {
    edit("dev", "instanceClass: db.t4g.micro", "instanceClass: db.t4g.small");
    edit("dev", "deletionProtection: false", "deletionProtection: true");
    edit("prod", "          - sns:Publish\n", "");
    const { status, stderr, comment } = planDiff(["--base", join(folder, "base")]);

    assert.equal(status, 0, stderr);
    const sample = join(__dirname, "samples", "plans.md");
    assert.equal(comment, existsSync(sample) ? readFileSync(sample, "utf8") : "", `${sample} is not what is said now`);
    assert.equal(readFileSync(join(folder, "summary.md"), "utf8"), `${comment}\n`);
  });

  it("tells a stack that is new, and one that is gone", () => {
    rmSync(join(folder, "base", "dev.yaml"));
    writeFileSync(join(folder, "base", "old.yaml"), readFileSync(join(folder, "base", "prod.yaml")));
    const { comment } = planDiff(["--base", join(folder, "base")]);

    assert.match(comment, /^## 📄 Plans: 🧪 dev \d+ to create · old \d+ to delete(, \d+ to give up)?$/m);
  });

  it("says that nothing changes", () => {
    assert.match(planDiff(["--base", join(folder, "base")]).comment, /^## 📄 Plans: nothing changes$/m);
  });

  it("reads the base from the history, and of a pull request what it would be merged into", () => {
    const copy = copyProject();
    try {
      const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", ...args],
        { cwd: copy.folder, encoding: "utf8" });
      const commit = (file: string, from: string, to: string) => {
        writeFileSync(join(copy.folder, file), readFileSync(join(copy.folder, file), "utf8").replace(from, to));
        git("commit", "-qam", to);
      };
      git("init", "-qb", "main");
      git("add", "plans");
      git("commit", "-qm", "first");
      const first = git("rev-parse", "HEAD").trim();
      git("checkout", "-qb", "ours");
      commit("plans/dev.yaml", "db.t4g.micro", "db.t4g.small");
      git("checkout", "-q", "main");
      commit("plans/prod.yaml", "multiAz: true", "multiAz: false");
      git("merge", "-q", "--no-edit", "ours");
      writeFileSync(join(folder, "event.json"), JSON.stringify({ pull_request: { number: 7, head: { sha: "0a1b2c3d" } } }));
      const title = (args: readonly string[], env: NodeJS.ProcessEnv) => planDiff(args, env, copy.folder).comment.split("\n")[0];

      const event = { GITHUB_EVENT_PATH: join(folder, "event.json"), BASE_SHA: first };
      assert.equal(title([], event), "## 📄 Plans: 🧪 dev 1 to change");
      assert.equal(title([], { BASE_SHA: first }), "## 📄 Plans: 🧪 dev 1 to change · 🔒 prod 1 to change");
      assert.equal(title(["--base", first, "--head", "HEAD^1"], {}), "## 📄 Plans: 🔒 prod 1 to change");
      const { status, stderr } = planDiff(["--base", "nowhere"], {}, copy.folder);
      assert.equal(status, 1);
      assert.match(stderr, /Not a valid object name nowhere.*fetch-depth: 0/);
    } finally {
      copy.remove();
    }
  });
});
