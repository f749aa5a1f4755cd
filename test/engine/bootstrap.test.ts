import { strict as assert } from "node:assert";
import * as path from "node:path";

import { pathsOf } from "../../bootstrap/rights/state";
import * as shipped from "../../delivery/settings";
import * as stackFile from "../../offline/stack-file";
import { bootstrap, projectFolder } from "../../offline/stack-file";
import { exampleConfig } from "../example/config";
import { exampleDelivery } from "../example/delivery";
import { ExampleProject } from "../example/project";
import { load } from "../loaded";
import { AnsweringCloud } from "./cloud";
import { runHosted } from "./node-host";
import { StandInProvider } from "./provider";
import { pulumiCliFor } from "./pulumi-cli";
import { EngineStack } from "./stack";
import type { Served } from "./wire";

/** Of the example's account, in which both of its stacks are. */
const place = { stack: "main", region: "eu-west-1", accountId: "123456789012" };
const config = {
  "aws:region": place.region, "accounts-bootstrap:accountId": place.accountId, "accounts-bootstrap:gitHubProvider": "",
};

// Each test goes on with the stack that the one before it left.
describe("an account, prepared under the real engine", () => {
  const changes: string[] = [];
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
      config,
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

  let project: ExampleProject;

  before(() => {
    project = new ExampleProject();
  });

  after(() => project?.remove());

  it("finds the packages and the compiler's options of the folder above", async () => {
    const { name } = bootstrap;
    const folder = path.join(project.folder, bootstrap.folder);
    const tsconfig = /^ +tsconfig: (.+)$/m.exec(project.read("bootstrap/Pulumi.yaml"))?.[1];
    const { exitCode, types, errors } = await runHosted("main", config, { name, folder, tsconfig });

    assert.deepEqual(errors, []);
    assert.equal(exitCode, 0);
    assert.deepEqual([...new Set(types.filter((type) => type.startsWith("accounts:")))].toSorted(), [
      "accounts:bootstrap:Build", "accounts:bootstrap:Identity", "accounts:bootstrap:Images", "accounts:bootstrap:Pipelines",
      "accounts:bootstrap:State",
    ]);
  });
});

/** Its top level makes the resources, so that each run loads it anew, with the example's settings and stack files. */
function runBootstrap(): Promise<Record<string, unknown>> {
  const folder = path.join(projectFolder, "bootstrap") + path.sep;
  for (const file of Object.keys(require.cache).filter((name) => name.startsWith(folder))) {
    delete require.cache[file];
  }
  const forget = [
    load(require.resolve("../../delivery/settings"), () => ({ ...shipped, delivery: exampleDelivery(["dev", "prod"]) })),
    load(require.resolve("../../offline/stack-file"), () => ({ ...stackFile, readStackFile: exampleConfig })),
  ];
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- only what is required can be run again
    return Promise.resolve({ ...require("../../bootstrap/index") as object });
  } finally {
    forget.forEach((undo) => undo());
  }
}
