import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";

import { environments } from "../../environments";
import { projectFolder, readStackFile } from "../../offline/stack-file";
import { exampleConfig } from "../example/config";
import * as example from "../example/settings";
import { mutated, type Mutation } from "./mutation";
import { isTeamsOwn, mutations, written } from "./mutations";
import { MutationRun } from "./runner";
import { projectSuites } from "./suites";

const file = "environments/windows.ts";
const suites = { near: () => [], all: ["test/environments/windows.test.ts"], unless: /^$/ };
/** Of the one file only, which is quicker. */
const types = ["--noEmit", "--strict", "--ignoreConfig", "--target", "es2023", file];

const noticed: Mutation = { file, from: "24 * 60", to: "24 * 61", then: "days are longer", occurrence: undefined };
const wrongType: Mutation = { ...noticed, from: "dailyWindow(text: string): Window | undefined", to: "dailyWindow(text: string): Window", then: "always one" };
const survivor: Mutation = { ...noticed, from: "once a week;", to: "twice a week;", then: "nobody notices" };

/** How a run of these ends, and what it says. */
async function runOf(mutations: readonly Mutation[], all = suites.all): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const run = new MutationRun({ mutations, suites: { ...suites, all }, types, workers: 2, say });
  return { code: await run.exitCode(), said: said.join("\n") };
}

describe("the check by mutations", function () {
  this.timeout("2m");

  it("is content when a test or the compiler notices each mistake, and says which", async () => {
    const { code, said } = await runOf([noticed, wrongType]);

    assert.match(said, /noticed: .+windows\.ts: days are longer\n +test\/environments\/windows\.test\.ts: .+/);
    assert.match(said, /noticed by the compiler: .+windows\.ts: always one\n +.+windows\.ts.+error TS2322/);
    assert.match(said, /2 mistakes: 1 noticed by a test, 1 by the compiler alone, 0 by nobody$/);
    assert.equal(code, 0);
  });

  it("fails when nobody notices one, and names it", async () => {
    const { code, said } = await runOf([noticed, survivor]);

    assert.match(said, /SURVIVED: environments\/windows\.ts: nobody notices/);
    assert.ok(said.endsWith(
      "1 by nobody\n\nenvironments/windows.ts: nobody notices\n  - once a week;\n  + twice a week;"), said);
    assert.equal(code, 1);
  });

  it("fails when a test hangs with a mistake, which tells nobody what is wrong", async () => {
    const { code, said } = await runOf([noticed], ["test/mutations/fixtures/waits.ts", ...suites.all]);

    assert.match(said, /HANGS: .+: days are longer\n +.+waits\.ts: a test that waits for the right day/);
    assert.match(said, /by nobody\n\nenvironments\/windows\.ts: days are longer \(a test hangs: /);
    assert.equal(code, 1);
  });

  it("fails when tests are red without a mistake, because then each would look noticed", async () => {
    const { code, said } = await runOf([noticed], [...suites.all, "test/mutations/fixtures/red.ts"]);

    assert.match(said, /without a mistake the tests have to pass.+a red test fails: because it has to/);
    assert.equal(code, 1);
  });

  it("fails when there are no tests", async () => {
    const { code, said } = await runOf([noticed], []);

    assert.match(said, /without a mistake the tests have to pass.+there are none/);
    assert.equal(code, 1);
  });

  it("fails when the code has outgrown a mutation, and says which and what to do", async () => {
    const { code, said } = await runOf([{ ...noticed, from: "25 * 60" }]);

    assert.equal(said, 'a mutation of environments/windows.ts is there 0 times, and has to be there once: "25 * 60" ' +
      "(days are longer). In test/mutations/lists/, give it the text as the file has it now, or take it out if the " +
      "mistake can no longer be made");
    assert.equal(code, 1);
  });

  it("leaves neither process nor file behind when it is stopped", async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "mutations-")));
    try {
      const made = watch(folder);
      const options = { cwd: projectFolder, env: { ...process.env, TMPDIR: folder } };
      const args = ["--require", "./offline/prelude.cjs", "--import", "tsx", "test/mutations/main.ts", "infra/names.ts"];
      const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
      for await (const [, name] of on(made, "change", { close: ["close"] }) as AsyncIterable<[string, string]>) {
        if (name.startsWith("accounts-copy-")) {
          made.close();
        }
      }
      child.kill("SIGINT");
      await Promise.all([once(child, "close"), text(child.stdout)]);

      assert.equal(child.exitCode, 130);
      assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith("accounts-copy-")), []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a mutation", () => {
  const text = "a b a";
  const change = { ...noticed, from: "a", to: "c" };

  it("whose text is there more than once says which of them it means", () => {
    assert.throws(() => mutated(change, text), /is there 2 times, and has to be there once: "a"/);
    assert.equal(mutated({ ...change, occurrence: 1 }, text), "c b a");
    assert.equal(mutated({ ...change, occurrence: 2 }, text), "a b c");
    assert.throws(() => mutated({ ...change, occurrence: 3 }, text), /is there 2 times, and number 3 of them is meant/);
  });

  it("changes something", () => {
    assert.throws(() => mutated({ ...noticed, from: "b", to: "b" }, text), /changes nothing/);
  });
});

describe("the mutations", () => {
  it("are of texts that the code has", () => {
    for (const mutation of written.filter((one) => !isTeamsOwn(one) || isAsItCame())) {
      mutated(mutation, readFileSync(join(projectFolder, mutation.file), "utf8"));
    }
  });

  it("are of each file that builds something, or holds a rule", () => {
    const rules = readdirSync(join(projectFolder, "environments")).filter((name) => name.startsWith("check"));
    const files = [
      ...readdirSync(join(projectFolder, "infra")).map((name) => `infra/${name}`),
      ...rules.map((name) => `environments/${name}`),
      ...readdirSync(join(projectFolder, "policy/controls")).map((name) => `policy/controls/${name}`),
      ...readdirSync(join(projectFolder, "bootstrap/rights")).map((name) => `bootstrap/rights/${name}`),
      "index.ts", "Pulumi.yaml",
    ];
    const touched = new Set(mutations.map((mutation) => mutation.file));
    assert.deepEqual(files.filter((name) => !touched.has(name)), [],
      "write down in test/mutations/lists/ what can be done wrong in them");
  });
});

/** Whether nobody has taken this project over yet, or tuned it. */
function isAsItCame(): boolean {
  return isDeepStrictEqual({ ...environments, ...example }, environments)
    && Object.keys(example).every((stack) => isDeepStrictEqual(readStackFile(stack), exampleConfig(stack)));
}

describe("the tests that are asked", () => {
  const { near, all, unless } = projectSuites(projectFolder);

  it("are first those of the same name, or of the component that uses the file", () => {
    assert.deepEqual(near("infra/network.ts"), ["test/infra/network.test.ts"]);
    assert.deepEqual(near("infra/database-instance.ts"), ["test/infra/database.test.ts"]);
    assert.ok(near("policy/controls/rds.ts").includes("test/policy/controls.test.ts"));
    assert.ok(near("bootstrap/rights/guard.ts").includes("test/bootstrap/attacks.test.ts"));
  });

  it("are known for each file of infra/, so that each mistake there is found soon", () => {
    const files = readdirSync(join(projectFolder, "infra")).map((name) => `infra/${name}`);
    assert.deepEqual(files.filter((name) => near(name).length === 0), []);
  });

  it("are not those that any change of an input fails", () => {
    assert.deepEqual(all.filter((test) => /parity|third-environment|docs/.test(test)), []);
    assert.match("the stack dev is what its committed plan says", unless);
    assert.match("the committed plan of bootstrap is what main would create", unless);
    assert.match("exceptions from the policies stand in docs/controls.md as they are", unless);
  });
});
