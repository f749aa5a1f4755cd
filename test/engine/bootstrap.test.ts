import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";

import { pathsOf } from "../../bootstrap/rights/state";
import { bootstrap, projectFolder, readStackFile } from "../../offline/stack-file";
import { AnsweringCloud } from "./cloud";
import { runHosted } from "./node-host";
import { StandInProvider } from "./provider";
import { pulumiCliFor } from "./pulumi-cli";
import { EngineStack } from "./stack";
import type { Served } from "./wire";

// Each test goes on with the stack that the one before it left.
describe("an account, prepared under the real engine", () => {
  const changes: string[] = [];
  const place = { stack: "main", region: "eu-west-1", accountId: "123456789012" };
  const provider = new StandInProvider(new AnsweringCloud(place), (kind, { type, name }) => changes.push(`${kind} ${type} ${name}`));
  let served: Served;
  let stack: EngineStack;

  before(async function () {
    const pulumi = await pulumiCliFor(this);
    served = await provider.start();
    stack = await EngineStack.open({
      pulumi,
      project: bootstrap,
      stackName: "main",
      stackFile: "bootstrap/Pulumi.main.yaml",
      program: runBootstrap,
      providers: { aws: served.port },
    });
  });

  beforeEach(() => {
    changes.length = 0;
  });

  after(async () => {
    await stack?.close();
    served?.stop();
  });

  it("has after one update everything that the pipelines take for granted", async () => {
    const { outputs } = await stack.up();

    assert.equal(outputs["backendUrl"]?.value, "s3://pipeline-accounts-state-123456789012-eu-west-1?region=eu-west-1&awssdk=v2");
    assert.deepEqual(Object.keys(outputs["secretsProviders"]?.value as object), ["dev", "prod"]);
    const roles = provider.all.filter(({ type }) => type === "aws:iam/role:Role").map(({ properties }) => properties["name"]);
    assert.deepEqual(roles.toSorted(), [
      "pipeline-accounts-build", "pipeline-accounts-deploy-dev", "pipeline-accounts-deploy-prod",
      "pipeline-accounts-preview-dev", "pipeline-accounts-preview-prod",
    ]);
  });

  it("is the same after another one", async () => {
    await stack.up({ expectNoChanges: true });

    assert.deepEqual(changes, []);
  });

  it("refuses to go, before anything is gone: state, keys, images and trust are protected", async () => {
    await assert.rejects(stack.previewDestroy(), ({ message }: Error) => {
      for (const kept of ["Bucket::state", "Key::secrets-dev", "Key::secrets-prod", "Repository::images", "Provider::identity-github"]) {
        assert.match(message, new RegExp(`${kept}" cannot be deleted`));
      }
      return true;
    });
    assert.deepEqual(changes, []);
  });

  it("keeps what it keeps of a stack where the stack's pipeline may write, and nowhere else", () => {
    const may = pathsOf("main").map((pattern) => new RegExp(`^${pattern.replace("accounts/", "accounts-bootstrap/")
      .replaceAll(".", "\\.").replaceAll("*", ".*")}$`));
    // A folder keeps the attributes of a file beside it, which a bucket does not.
    const files = stack.files.filter((file) => !/^meta\.yaml|\.attrs$/.test(file));

    assert.ok(files.length >= 3, files.join(", "));
    assert.deepEqual(files.filter((file) => !may.some((pattern) => pattern.test(file))), []);
  });
});

describe("bootstrap/, started as Pulumi starts it", function () {
  this.timeout("90s");

  it("finds the packages and the compiler's options of the folder above", async () => {
    const { exitCode, types, errors } = await runHosted("main", readStackFile("main", bootstrap), {
      name: bootstrap.name, folder: path.join(projectFolder, bootstrap.folder), tsconfig: "../tsconfig.json",
    });

    assert.deepEqual(errors, []);
    assert.equal(exitCode, 0);
    assert.deepEqual([...new Set(types.filter((type) => type.startsWith("accounts:")))].toSorted(), [
      "accounts:bootstrap:Build", "accounts:bootstrap:Identity", "accounts:bootstrap:Images", "accounts:bootstrap:Pipelines",
      "accounts:bootstrap:State",
    ]);
  });

  it("names a file of compiler's options that is there", () => {
    const said = /^ +tsconfig: (.+)$/m.exec(fs.readFileSync(path.join(projectFolder, "bootstrap/Pulumi.yaml"), "utf8"))?.[1] ?? "";
    assert.ok(fs.existsSync(path.join(projectFolder, "bootstrap", said)), said);
  });
});

/** Its top level makes the resources, so that each run loads it anew. */
function runBootstrap(): Promise<Record<string, unknown>> {
  const folder = path.join(projectFolder, "bootstrap") + path.sep;
  for (const file of Object.keys(require.cache).filter((name) => name.startsWith(folder))) {
    delete require.cache[file];
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only what is required can be run again
  return Promise.resolve({ ...require("../../bootstrap/index") as object });
}
