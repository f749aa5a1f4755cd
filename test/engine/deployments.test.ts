import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";

import type { Deployer } from "../../delivery/settings";
import { ownedStacks } from "../../deployments/owned-stacks";
import { StackDeployments } from "../../deployments/stack-deployments";
import { ownedBy } from "../deployments/owners";
import { StandInProvider, type Asked, type Cloud } from "./provider";
import { pulumiCliFor } from "./pulumi-cli";
import type { Served } from "./wire";

/** As Pulumi Cloud names what it has for a stack. */
const pulumiCloud: Cloud = {
  create: ({ type, properties: { organization, project, stack } }: Asked) =>
    ({ id: [organization, project, stack, type.split(":").at(-1)].join("/"), outputs: {} }),
  update: (_, __, wanted) => wanted,
  remove: () => undefined,
  replaces: (_, changed) => ["organization", "project", "stack"].some((key) => changed.includes(key)),
  invoke: (token) => {
    throw new Error(`nobody asks for ${token}`);
  },
};

// Each test goes on with what the one before it left in Pulumi Cloud.
describe("deployments/ under the real engine", () => {
  const journal: string[] = [];
  const cloud = new StandInProvider(pulumiCloud, (kind, { type, name }) => journal.push(`${kind} ${type} ${name}`));
  const settings = "pulumiservice:index:DeploymentSettings";
  const schedule = "pulumiservice:index:DriftSchedule";
  let folder: string;
  let served: Served;
  let stack: Stack;
  let owners: Readonly<Record<string, Deployer>>;

  before(async function () {
    const pulumiCommand = await pulumiCliFor(this);
    folder = mkdtempSync(join(tmpdir(), "accounts-deployments-"));
    served = await cloud.start();
    stack = await LocalWorkspace.createStack({
      projectName: "accounts-deployments",
      stackName: "main",
      program: async () => {
        ownedStacks(ownedBy(owners)).forEach(({ stack: name, ...args }) => new StackDeployments(name, args));
      },
    }, {
      pulumiCommand,
      workDir: folder,
      pulumiHome: join(folder, "home"),
      envVars: {
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "engine tests",
        PULUMI_DEBUG_PROVIDERS: `pulumiservice:${served.port}`,
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
  });

  after(() => {
    served?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function up(ownedThen: Readonly<Record<string, Deployer>>): Promise<string[]> {
    owners = ownedThen;
    journal.length = 0;
    await stack.up();
    return [...journal];
  }

  it("gives a stack its settings, and then its schedule, which Pulumi Cloud takes for no stack without them", async () => {
    assert.deepEqual(await up({ dev: "pulumi-deployments" }), [`create ${settings} dev`, `create ${schedule} dev-drift`]);
  });

  it("changes nothing when nothing has changed", async () => {
    assert.deepEqual(await up({ dev: "pulumi-deployments" }), []);
  });

  it("leaves nothing behind for a stack that GitHub owns now, so that no push deploys it twice", async () => {
    assert.deepEqual(await up({ dev: "github" }), [`delete ${schedule} dev-drift`, `delete ${settings} dev`]);
    assert.deepEqual(cloud.all, []);
  });

  it("tells Pulumi Cloud for prod, in so many words, that no push deploys it", async () => {
    await up({ prod: "pulumi-deployments" });
    const { vcs } = cloud.only(settings, "prod").properties as { vcs: object };
    assert.deepEqual({ ...vcs, paths: undefined }, {
      provider: "github", repository: "acme/accounts", deployCommits: false, previewPullRequests: true, pullRequestTemplate: false,
      paths: undefined,
    });
  });
});
