import * as assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { preProcessFile } from "typescript";
import { parse } from "yaml";

import { keepsData } from "../../delivery/deployment/kept-data";
import { exampleRepository, type DeliverySettings } from "../../delivery/settings";
import { stacksOf } from "../../delivery/target";
import { ownedStacks } from "../../deployments/owned-stacks";
import { preRunCommands } from "../../deployments/runner";
import { pathsOf } from "../../deployments/stack-deployments";
import { committedStacks, projectFolder } from "../../offline/stack-file";
import { exampleDelivery } from "../example/delivery";
import { declaredBy, type Inputs } from "./declared";
import { everyOwnership, ownedBy, titleOf } from "./owners";

interface Action {
  readonly runs: { readonly steps: readonly { readonly run?: string }[] };
}

/** The settings of a stack that Pulumi Deployments own. */
async function settingsOf(stack: string): Promise<Inputs> {
  const { settings } = await declaredBy(ownedBy({ [stack]: "pulumi-deployments" }));
  assert.deepEqual([...settings.keys()], [stack]);
  return settings.get(stack)!;
}

describe("deployments/", () => {
  it("tells Pulumi Cloud for dev: preview pull requests, deploy pushes, and what to run where", async () => {
    assert.deepEqual(await settingsOf("dev"), {
      organization: "acme",
      project: "accounts",
      stack: "dev",
      vcs: {
        provider: "github",
        repository: "acme/accounts",
        deployCommits: true,
        previewPullRequests: true,
        pullRequestTemplate: false,
        paths: [
          "index.ts", "infra/**", "environments/**", "service/**", "Pulumi.yaml", "Pulumi.dev.yaml", "package.json",
          "package-lock.json", "tsconfig.json", ".node-version", "delivery/**", "offline/prelude.cjs", "offline/stack-file.ts",
        ],
      },
      sourceContext: { git: { branch: "refs/heads/main" } },
      operationContext: {
        environmentVariables: {
          AWS_SHARED_CREDENTIALS_FILE: "/tmp/accounts-credentials",
          GITHUB_TOKEN: "none",
          PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        },
        preRunCommands: [
          'fnm install "$(cat .node-version)" && fnm default "$(cat .node-version)"',
          "npm ci --ignore-scripts",
          "npm ci --ignore-scripts --prefix service",
          "npx tsc --noEmit",
          "npm run --silent prepare-deployment",
        ],
        options: { skipInstallDependencies: true, skipIntermediateDeployments: true },
      },
      cacheOptions: { enable: false },
    });
  });

  it("brings the packages as the jobs of GitHub's workflows do that hold rights", () => {
    const steps = globSync(".github/actions/*/action.yml", { cwd: projectFolder }).flatMap((file) =>
      (parse(readFileSync(join(projectFolder, file), "utf8")) as Action).runs.steps);
    const installs = steps.map(({ run }) => run).filter((run) => run?.startsWith("npm ci"));
    assert.deepEqual(preRunCommands.filter((command) => command.startsWith("npm ci")).toSorted(), installs.toSorted());
  });

  it("tells for prod the same, but for its own file, and that a push deploys nothing", async () => {
    const [dev, prod] = [await settingsOf("dev"), await settingsOf("prod")];
    assert.deepEqual(prod, {
      ...dev,
      stack: "prod",
      vcs: { ...dev.vcs, deployCommits: false, paths: pathsOf("prod") },
    });
  });

  it("looks for drift every day, and changes nothing then", async () => {
    const { schedules } = await declaredBy(ownedBy({ dev: "pulumi-deployments" }));
    assert.deepEqual([...schedules], [["dev-drift", {
      organization: "acme", project: "accounts", stack: "dev", scheduleCron: "23 4 * * *", autoRemediate: false,
    }]]);
  });

  for (const owners of everyOwnership()) {
    describe(`with ${titleOf(owners)}`, () => {
      let settings: ReadonlyMap<string, Inputs>;
      let schedules: ReadonlyMap<string, Inputs>;

      before(async () => {
        ({ settings, schedules } = await declaredBy(owners));
      });

      it("gives each stack one preview of a pull request: by GitHub's workflow or by Pulumi Deployments", () => {
        const previews = Object.keys(owners.stacks).map((stack) => [stack, [
          ...stacksOf("github", owners).includes(stack) ? ["github"] : [],
          ...settings.get(stack)?.["vcs"].previewPullRequests === true ? ["pulumi-deployments"] : [],
        ]]);
        assert.deepEqual(Object.fromEntries(previews),
          Object.fromEntries(Object.entries(owners.stacks).map(([stack, { deployedBy }]) => [stack, [deployedBy]])));
      });

      it("lets no push deploy a stack that GitHub's workflow deploys", () => {
        const twice = stacksOf("github", owners).filter((stack) => settings.has(stack) || schedules.has(`${stack}-drift`));
        assert.deepEqual(twice, []);
      });

      it("lets no push deploy a stack that keeps data, whoever owns it", () => {
        // What is not said counts as true.
        const pushed = [...settings].filter(([stack, { vcs }]) => keepsData(stack) && vcs.deployCommits !== false);
        assert.deepEqual(pushed.map(([stack]) => stack), []);
      });

      it("names no role: there is one for all operations, so that a pull request would have the one that deploys", () => {
        for (const [stack, { operationContext }] of settings) {
          assert.equal(operationContext.oidc, undefined, stack);
        }
      });
    });
  }

  it("is for stacks that keep data as for those that do not", () => {
    assert.deepEqual(new Set(committedStacks().map(keepsData)), new Set([true, false]), "the tests above have nothing to show");
  });

  it("does nothing where GitHub deploys all stacks", async () => {
    const { settings, schedules } = await declaredBy(exampleDelivery(committedStacks()));
    assert.deepEqual([...settings.keys(), ...schedules.keys()], []);
  });

  const refused: [what: string, differs: Partial<DeliverySettings>, told: RegExp][] = [
    ["the state is in a bucket", { backend: { kind: "bucket" } }, /\bdev\b.*bucket.*pulumi-cloud/],
    ["the repository is still GitHub's example", { repository: exampleRepository, reviewers: exampleDelivery([]).reviewers }, /octo-org\/accounts: put your own/],
  ];
  for (const [what, differs, told] of refused) {
    it(`stops with one line where a stack is to be deployed from Pulumi Cloud and ${what}`, () => {
      const settings = { ...ownedBy({ dev: "pulumi-deployments" }), ...differs };
      assert.throws(() => ownedStacks(settings), (error) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        assert.match(error.message, /^delivery\/settings\.ts: [^\n]*$/);
        assert.match(error.message, told);
        return true;
      });
    });
  }
});

describe("the paths that start a deployment", () => {
  const starts = (file: string) => pathsOf("dev").some((pattern) => matchesGlob(file, pattern));

  it("hold every file of this repository that the program imports, and what runs before it", () => {
    const files = ["index.ts", "delivery/prepare-deployment.ts"].flatMap((file) => importedBy(file));
    for (const file of ["index.ts", "infra/service.ts", "environments/dev.ts", "delivery/settings.ts"]) {
      assert.ok(files.includes(file), `${file} is not among ${files.join(", ")}`);
    }
    assert.deepEqual(files.filter((file) => !starts(file)), []);
  });

  it("hold the service, from which a change of the image comes", () => {
    for (const file of ["service/Dockerfile", "service/src/app.ts", "service/migrations/0001.sql", "service/package-lock.json"]) {
      assert.ok(starts(file), file);
    }
  });

  it("hold nothing that reaches no stack, and not another stack's file", () => {
    for (const file of ["README.md", "docs/delivery.md", "plans/dev.yaml", "test/program.test.ts", "policy/index.ts", "Pulumi.prod.yaml"]) {
      assert.ok(!starts(file), file);
    }
  });
});

/** The files of this repository that another one imports, and what these import, with the first. */
function importedBy(file: string, found = new Set<string>()): string[] {
  if (!found.has(file)) {
    found.add(file);
    const { importedFiles } = preProcessFile(readFileSync(join(projectFolder, file), "utf8"));
    importedFiles.filter(({ fileName }) => fileName.startsWith(".")).forEach(({ fileName }) => {
      const path = join(dirname(file), fileName);
      importedBy([`${path}.ts`, `${path}/index.ts`].find((name) => existsSync(join(projectFolder, name))) ?? path, found);
    });
  }
  return [...found];
}
