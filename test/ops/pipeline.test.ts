import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { committedStacks } from "../../offline/stack-file";
import { clonedRepository, PreparedClone } from "../clone";
import { callsOf, installFakePulumi } from "../delivery/fake-pulumi";
import { GitHub } from "../delivery/github";
import { recordsIn } from "../delivery/records";
import { npmRun, type Ended } from "../delivery/shell";
import { exampleDelivery } from "../example/delivery";
import { digest, image, startOpsAccount, type OpsAccount } from "./account";

describe("npm run ops on a stack that a pipeline deploys", function () {
  this.timeout(120_000);
  let folder: string;
  let cli: string;
  let account: OpsAccount;
  let records: ReturnType<typeof recordsIn>;
  let clone: PreparedClone;
  let deployed: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "ops-pipeline-"));
    cli = join(folder, "pulumi");
    installFakePulumi(cli);
    clone = new PreparedClone();
    deployed = clone.head;
    account = await startOpsAccount({ images: [image("a"), image("b")], versions: [{ version: "1.0.0", commit: deployed }] });
    records = recordsIn(account.ssm);
    await records.put({ commit: deployed, image: image("b"), run: "17", result: "deployed" });
  });

  afterEach(async () => {
    await account?.stop();
    clone?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const stackFile = () => clone.read("Pulumi.dev.yaml");
  const pulumi = () => callsOf(cli).map(({ args: [operation = ""] }) => operation);

  const run = (script: string, words: readonly string[], more: NodeJS.ProcessEnv = {}, input = ""): Promise<Ended> =>
    npmRun(script, words, {
      folder: clone.folder, input,
      env: { ...account.env, PATH: [folder, process.env.PATH].join(delimiter), ...more },
    });
  const success = async (script: string, ...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(script, words);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  const refusal = async (script: string, ...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(script, words);
    assert.equal(code, 1, stdout + stderr);
    return stderr.trim();
  };

  const merge = (trailer = ""): string[] => [
    "  git fetch && git stash && git switch --create ops-dev origin/main && git stash pop",
    "  npm run plan",
    `  git commit --message "dev: <why>"${trailer} Pulumi.dev.yaml plans`,
    "  git push --set-upstream origin HEAD   and merge it",
  ];

  it("writes the file, deploys nothing, and says how a merge deploys it", async () => {
    const said = await success("ops", "dev", "rollback", "previous");

    assert.match(stackFile(), new RegExp(`^ {2}accounts:image: ${image("a")}$`, "m"));
    assert.ok(said.includes(["",
      "Pulumi.dev.yaml is written, and nothing is deployed. deploy.yml deploys it when it is merged, where the stack has reviewers once they approve:",
      ...merge(),
      "Too late then? The same with --now deploys it from here: docs/operations.md, A change in an emergency.",
      "Afterwards:",
    ].join("\n")), said);
    assert.deepEqual([pulumi(), (await records.all()).length], [[], 1]);
  });

  it("with --dry-run writes nothing", async () => {
    for (const [words, file] of [[["rollback", "previous"], "Pulumi.dev.yaml"], [["scale", "3", "5"], "environments/dev.ts"]] as const) {
      assert.match(await success("ops", "dev", ...words, "--dry-run"),
        new RegExp(`^would write ${file}, and nothing else: github deploys dev, once it is merged\n$`, "m"));
    }
    assert.equal(clone.changed, "");
  });

  it("says that Pulumi Deployments deploy it, where they do", async () => {
    clone.deliver({
      repository: clonedRepository, stacks: { ...exampleDelivery(committedStacks()).stacks, dev: { deployedBy: "pulumi-deployments" } },
    });

    assert.match(await success("ops", "dev", "rollback", "previous"),
      /Pulumi Deployments deploy it when it is merged, a stack that keeps data once somebody starts its update:$/m);
  });

  it("changes the settings of an environment by a merge as well, and offers no way past it but that of scale --now", async () => {
    const said = await success("ops", "dev", "scale", "3", "5");

    assert.match(clone.read("environments/dev.ts"), /minTasks: 3,\n\s+maxTasks: 5,/);
    assert.match(said, /^ {2}git commit --message "dev: <why>" environments\/dev\.ts plans$/m);
    assert.deepEqual([pulumi(), account.changes()], [[], []]);
  });

  it("restore finish wants a merge that says what is lost, where data is kept", async () => {
    clone.edit("environments/dev.ts", "keepsData: false", "keepsData: true");
    clone.edit("Pulumi.dev.yaml", "config:", 'config:\n  accounts:databaseGeneration: 2\n  accounts:databaseKept: "1 unprotected"');

    assert.match(await refusal("ops", "dev", "restore", "finish", "--now"), /^finish takes away what there is to go back to, and can wait/);
    const said = await success("ops", "dev", "restore", "finish");
    assert.ok(said.includes(merge(' --trailer "Allow-Loss: database-1"').join("\n")), said);
    assert.doesNotMatch(said, /--now/);
  });

  it("restore back keeps the instance that it leaves, protected", async () => {
    clone.edit("Pulumi.dev.yaml", "config:", 'config:\n  accounts:databaseGeneration: 2\n  accounts:databaseKept: "1"');
    const said = await success("ops", "dev", "restore", "back", "--dry-run");
    assert.match(said, /^ {2}\+ accounts:databaseGeneration: 1$/m);
    assert.match(said, /^ {2}\+ accounts:databaseKept: "2"$/m);
  });

  it("status says what the record has, and where something else runs and answers", async () => {
    assert.match(await success("ops", "dev", "status"), new RegExp(
      `^Last deployment by the record\n {2}deployed {2}commit ${deployed.slice(0, 7)} {2}run 17 {2}the image that runs$`, "m"));

    clone.edit("service/src/release.ts", "version: manifest.version", "version: `${manifest.version}`");
    clone.edit("service/tsconfig.json", "{", "{ ");
    const commit = clone.commit("The version as text");
    const uncommitted = { "accounts:databaseKept": "" };
    await records.put({ commit, image: image("c"), run: "by hand", result: "failed", uncommitted });
    const said = await success("ops", "dev", "status");
    assert.equal(said.slice(said.indexOf("Not as it should be")), [
      "Not as it should be",
      `  the service that answers was built from ${deployed.slice(0, 7)}, but ${commit.slice(0, 7)} was deployed last, which has another `
      + "service/src/release.ts",
      `  the last deployment, of ${commit.slice(0, 7)}, is recorded as failed`,
      `  the record says that ${image("c")} was deployed, but ${image("b")} runs`,
      "  deployed by hand, and not yet by a commit: no accounts:databaseKept",
      "",
    ].join("\n"));
  });

  describe("with --now", () => {
    const uncommitted = { "accounts:image": image("a") };

    it("and --dry-run tells the calls and makes none", async () => {
      const said = await success("ops", "dev", "rollback", "previous", "--now", "--dry-run");

      const record = (result: string) => `would send SSM.PutParameter ${JSON.stringify({
        Name: "/pipeline-accounts/dev",
        Description: "What was deployed last to this stack, and whether it went well",
        Type: "String",
        Value: JSON.stringify({ commit: deployed, image: image("a"), run: "by hand", uncommitted, result }),
        Overwrite: true,
      })}`;
      assert.ok(said.endsWith(["",
        "would write Pulumi.dev.yaml",
        `would run pulumi preview --stack dev --config accounts:image=${image("a")}`,
        record("deploying"),
        `would run pulumi up --stack dev --config accounts:image=${image("a")}`,
        record("deployed"), "",
      ].join("\n")), said);
      assert.deepEqual([clone.changed, pulumi(), (await records.all()).length], ["", [], 1]);
    });

    it("deploys it from here, after a preview, and leaves a record", async () => {
      const said = await success("ops", "dev", "rollback", "previous", "--now", "--yes");

      assert.deepEqual(pulumi(), ["preview", "up"]);
      const { args } = callsOf(cli).at(-1)!;
      assert.ok(args.includes(`accounts:image=${image("a")}`), args.join(" "));
      assert.deepEqual((await records.all()).slice(1), ["deploying", "deployed"].map((result) =>
        ({ commit: deployed, image: image("a"), uncommitted, run: "by hand", result })));
      assert.ok(said.endsWith(["",
        "dev runs what no commit has. Commit it now. Until it is merged, deploy.yml refuses every commit for dev:",
        ...merge(), "",
      ].join("\n")), said);
    });

    it("changes nothing unless the stack's name is typed, and puts the file back", async () => {
      const { code, stderr } = await run("ops", ["dev", "rollback", "previous", "--now"], {}, "prod\n");

      assert.equal(code, 1);
      assert.match(stderr, /^"prod" is not dev: nothing was changed$/m);
      assert.deepEqual([pulumi(), clone.changed, (await records.all()).length], [["preview"], "", 1]);
    });

    it("refuses to deploy with it what else is checked out", async () => {
      clone.edit("Pulumi.dev.yaml", "config:", "config:\n  accounts:owner: somebody");
      assert.match(await refusal("ops", "dev", "rollback", "previous", "--now", "--yes"),
        /^accounts:owner of Pulumi\.dev\.yaml differ from .*, and would be deployed as well\. .*`git stash`/);
      clone.edit("Pulumi.dev.yaml", "\n  accounts:owner: somebody", "");

      clone.edit("environments/dev.ts", "minTasks: 2", "minTasks: 3");
      assert.match(await refusal("ops", "dev", "rollback", "previous", "--now", "--yes"),
        /^environments\/dev\.ts differ from the commit .*, and would be deployed as well\. .*: `git stash`/);

      const newer = clone.commit("dev: three tasks");
      assert.equal(await refusal("ops", "dev", "rollback", "previous", "--now", "--yes"),
        `dev has commit ${deployed}, but ${newer} is checked out, and would be deployed as well. Nothing was changed: `
        + `\`git fetch\`, \`git switch --detach ${deployed}\`, and the same again`);
      assert.deepEqual([pulumi(), clone.changed], [[], ""]);
    });
  });

  describe("after an update by hand", () => {
    const uncommitted = { "accounts:databaseGeneration": "2", "accounts:databaseKept": "1", "accounts:databaseRestore": "time:latest" };
    const committed = 'config:\n  accounts:databaseGeneration: 2\n  accounts:databaseKept: "1"\n  accounts:databaseRestore: time:latest';

    beforeEach(() => records.put({ commit: deployed, image: image("b"), run: "by hand", result: "deployed", uncommitted }));

    const update = (script = "up") => [script, "dev", "--image", digest("b")] as const;

    it("the pipeline refuses a commit without it, before anybody is asked to approve", async () => {
      for (const script of ["up", "would-change"]) {
        assert.equal(await refusal(...update(script)), [
          "dev runs what somebody has deployed by hand, and this commit would take it back. Nothing was changed. Merge a commit in which "
          + "Pulumi.dev.yaml has",
          "- accounts:databaseGeneration: 2",
          "- accounts:databaseKept: 1",
          "- accounts:databaseRestore: time:latest",
          "or, where it is meant to go, end the message of a commit with the line `Take-Back: dev`: docs/operations.md, A change in an emergency",
        ].join("\n"));
      }
      assert.deepEqual(pulumi(), []);
    });

    it("the pipeline deploys a commit that has it, though Pulumi sees nothing to do, and from then on any", async () => {
      clone.edit("Pulumi.dev.yaml", "config:", committed);
      const commit = clone.commit("dev: the database of yesterday");
      const github = await new GitHub().start();
      try {
        const summary = join(folder, "summary.md");
        github.environments.set("dev", { protection_rules: [{ type: "required_reviewers", reviewers: [{ type: "User" }] }] });
        const { code, stdout, stderr } = await run("would-change", update().slice(1),
          { ...github.environment, GITHUB_STEP_SUMMARY: summary });
        assert.deepEqual([code, stdout.split("\n").includes("proceed=true")], [0, true], stdout + stderr);
        assert.match(readFileSync(summary, "utf8"), /A person has deployed by hand what is committed now\./);
      } finally {
        github.stop();
      }

      await success(...update());
      assert.deepEqual((await records.all()).at(-1), { commit, image: image("b"), run: "by hand", result: "deployed" });
    });

    it("the pipeline deploys a commit that says that it takes it back", async () => {
      clone.edit("environments/dev.ts", "minTasks: 2", "minTasks: 3");
      clone.commit("dev: three tasks\n\nTake-Back: prod");
      assert.match(await refusal(...update()), /^dev runs what somebody has deployed by hand/);

      clone.edit("environments/dev.ts", "minTasks: 3", "minTasks: 2");
      clone.commit("dev: without the restore\n\nTake-Back: dev");
      await success(...update());
      assert.equal((await records.all()).at(-1)?.uncommitted, undefined);
    });

    it("no next change begins in a checkout that lacks it", async () => {
      for (const words of [["rollback", "previous"], ["restore", "back", "--now"], ["scale", "3", "5"]]) {
        assert.match(await refusal("ops", "dev", ...words), /^Pulumi\.dev\.yaml of this checkout lacks what somebody has deployed by hand\..*\n- accounts:databaseGeneration: 2\n/);
      }
    });

    it("stays in the record where somebody goes on in the checkout in which it is not committed", async () => {
      clone.edit("Pulumi.dev.yaml", "config:", committed);
      await success("up", "dev");
      assert.deepEqual((await records.all()).at(-1)?.uncommitted, uncommitted);
    });

    it("a next change takes its place: at once in the record, or by a commit that says so", async () => {
      clone.edit("Pulumi.dev.yaml", "config:", committed);
      const said = await success("ops", "dev", "restore", "finish");
      assert.ok(said.includes(merge(' --trailer "Take-Back: dev"').join("\n")), said);

      clone.edit("Pulumi.dev.yaml", 'databaseKept: "1 unprotected"', 'databaseKept: "1"\n  accounts:databaseRestore: time:latest');
      await success("ops", "dev", "restore", "back", "--now", "--yes");
      assert.deepEqual((await records.all()).at(-1)?.uncommitted,
        { "accounts:databaseGeneration": "1", "accounts:databaseKept": "2", "accounts:databaseRestore": "" });
    });
  });
});
