import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import type { PulumiCommand } from "@pulumi/pulumi/automation";
import { parse } from "yaml";

import { publishedDigest, refuseUnpromoted } from "../../delivery/image/deployment-image";
import { roleOf } from "../../delivery/names";
import { imageTag } from "../../delivery/publish-image";
import { imageRepositoryUri } from "../../delivery/target";
import { environmentVariables, preRunCommands } from "../../deployments/runner";
import { AwsError, startAwsJson, type AwsService } from "../../offline/stand-ins/aws-json";
import { ended } from "../delivery/shell";
import { ExampleProject } from "../example/project";
import { setEnvironment } from "./environment";
import { pulumiCliFor } from "./pulumi-cli";
import { startWebIdentities, type WebIdentities } from "./web-identity";

const digest = `sha256:${"a".repeat(64)}`;
const repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts";
const describeImages = "AmazonEC2ContainerRegistry_V20150921.DescribeImages";

// What the last of the runner's commands does, on a runner that this test sets up as Pulumi does.
describe("a run of Pulumi Deployments", () => {
  let project: ExampleProject;
  let credentialsFile: string;
  let identities: WebIdentities;
  let registry: AwsService;
  let env: NodeJS.ProcessEnv;
  let stackFile: string;
  let committed: string;
  /** How often the registry is asked before the image is there. */
  let missing = 0;

  before(async function () {
    const pulumi = await pulumiCliFor(this);
    project = new ExampleProject();
    credentialsFile = join(project.folder, "credentials");
    identities = await startWebIdentities({ [roleOf("deploy", "dev")]: "token of an update", [roleOf("preview", "dev")]: "token of a preview" });
    registry = await startAwsJson({
      [describeImages]: () => {
        missing -= 1;
        if (missing >= 0) {
          throw new AwsError("ImageNotFoundException", "The image does not exist");
        }
        return { imageDetails: [{ imageDigest: digest }] };
      },
    });
    env = runner(pulumi);
    await succeed("pulumi", ["stack", "init", "organization/accounts/dev"]);
    stackFile = join(project.folder, "Pulumi.dev.yaml");
    committed = readFileSync(stackFile, "utf8");
  });

  after(async () => {
    await Promise.all([identities?.stop(), registry?.stop()]);
    project?.remove();
  });

  beforeEach(() => {
    // Each run has a machine and a clone of its own.
    rmSync(credentialsFile, { force: true });
    writeFileSync(stackFile, committed);
    missing = 0;
  });

  function runner(pulumi: PulumiCommand): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...environmentVariables,
      AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
      AWS_CONFIG_FILE: join(project.folder, "no-config"),
      AWS_ENDPOINT_URL_STS: identities.url,
      AWS_ENDPOINT_URL_ECR: registry.url,
      AWS_PROFILE: undefined,
      PATH: [dirname(pulumi.command), process.env.PATH].join(delimiter),
      PULUMI_HOME: join(project.folder, "home"),
      PULUMI_BACKEND_URL: `file://${project.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "engine tests",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_CI_ORGANIZATION: "organization",
      PULUMI_CI_PROJECT: "accounts",
      PULUMI_CI_STACK: "dev",
      PULUMI_CI_BUILD_NUMBER: "42",
    };
  }

  async function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const child = spawn(command, args, { cwd: project.folder, env: { ...env, ...more }, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(more["STDIN"]);
    return ended(child);
  }

  async function succeed(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, stdout, stderr } = await run(command, args, more);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  const prepare = (operation: string, token: string | undefined) =>
    run("bash", ["-c", preRunCommands.at(-1)!], { PULUMI_CI_OPERATION: operation, PULUMI_OIDC_TOKEN: token });

  const imageOfStack = () =>
    (parse(readFileSync(stackFile, "utf8")) as { config: Record<string, string> }).config["accounts:image"];

  it("takes the role that deploys for an update, for as long as one may take, and the image of this commit", async () => {
    const { code, stdout, stderr } = await prepare("update", "token of an update");

    assert.equal(code, 0, stderr);
    assert.equal(stdout, `update of dev with ${repository}@${digest}\n`);
    const { RoleArn, RoleSessionName, DurationSeconds } = identities.asked.at(-1)!;
    assert.equal(RoleArn, "arn:aws:iam::123456789012:role/pipeline-accounts-deploy-dev");
    assert.equal(RoleSessionName, "pulumi-update-42");
    assert.ok(Number(DurationSeconds) >= 4 * 3600, `${DurationSeconds} seconds are less than a restore may take`);
    const asked = registry.calls.at(-1)!;
    assert.equal(asked.caller, "KEY-pipeline-accounts-deploy-dev");
    assert.deepEqual(asked.input, { registryId: "123456789012", repositoryName: "accounts", imageIds: [{ imageTag: imageTag() }] });
    assert.equal(imageOfStack(), `${repository}@${digest}`);
  });

  it("leaves credentials where AWS's SDKs and Pulumi's providers look, and for nobody else to read", async () => {
    const { code, stderr } = await prepare("update", "token of an update");

    assert.equal(code, 0, stderr);
    assert.equal(statSync(credentialsFile).mode & 0o777, 0o600);
    assert.equal(readFileSync(credentialsFile, "utf8"), [
      "[default]",
      "aws_access_key_id = KEY-pipeline-accounts-deploy-dev",
      "aws_secret_access_key = secret",
      "aws_session_token = session",
      "",
    ].join("\n"));
  });

  it("takes the role that reads for a preview, and a digest that says that nothing is deployed yet", async () => {
    const { code, stderr } = await prepare("preview", "token of a preview");

    assert.equal(code, 0, stderr);
    assert.equal(identities.asked.at(-1)!["RoleArn"], "arn:aws:iam::123456789012:role/pipeline-accounts-preview-dev");
    assert.equal(imageOfStack(), `${repository}@sha256:${"0".repeat(64)}`);
  });

  it("previews with the image that is deployed, so that there is no difference that nobody made", async () => {
    const deployed = `${repository}@sha256:${"b".repeat(64)}`;
    await succeed("pulumi", ["stack", "import", "--stack", "organization/accounts/dev"], { STDIN: stateWith({ imageUri: deployed }) });

    for (const operation of ["preview", "detect-drift"]) {
      const { code, stderr } = await prepare(operation, "token of a preview");
      assert.equal(code, 0, stderr);
      assert.equal(imageOfStack(), deployed, operation);
    }
  });

  it("gives a pull request no role that deploys, whatever its code asks for: AWS looks at the token", async () => {
    const { code, stderr } = await prepare("update", "token of a preview");

    assert.equal(code, 1);
    assert.equal(stderr, "AWS refuses arn:aws:iam::123456789012:role/pipeline-accounts-deploy-dev to this run: "
      + "Not authorized to perform sts:AssumeRoleWithWebIdentity. bootstrap/ lets the role trust "
      + '"pulumi:deploy:org:organization:project:accounts:stack:dev:operation:update:scope:write"\n');
  });

  for (const [operation, token, told] of [
    ["destroy", "token of an update", "Pulumi Deployments do not destroy a stack of this project, only preview, "],
    ["update", undefined, "PULUMI_OIDC_TOKEN must be set, but is not: this is for the runners of Pulumi Deployments"],
  ] as const) {
    it(`stops with one line, and asks AWS nothing, at ${operation} with ${token ?? "no token"}`, async () => {
      const before = identities.asked.length;
      const { code, stderr } = await prepare(operation, token);

      assert.equal(code, 1);
      assert.ok(stderr.startsWith(told), stderr);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.equal(identities.asked.length, before);
    });
  }

  it("leaves an image alone that the stack's file names", async () => {
    await succeed("pulumi", ["config", "set", "accounts:image", "pinned@sha256:0", "--stack", "organization/accounts/dev"]);
    const { code, stderr } = await prepare("update", "token of an update");

    assert.equal(code, 0, stderr);
    assert.equal(imageOfStack(), "pinned@sha256:0");
  });

  describe("and its image", () => {
    let restore: () => void;

    before(() => {
      restore = setEnvironment({
        AWS_ENDPOINT_URL_ECR: registry.url, AWS_ACCESS_KEY_ID: "KEY", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: undefined,
      });
    });

    after(() => restore?.());

    it("waits where it is not there yet", async () => {
      missing = 3;
      assert.equal(await publishedDigest({ minutes: 5, pauseSeconds: 0.01 }), digest);
    });

    it("gives up in the end, and says who pushes it", async () => {
      missing = Infinity;
      await assert.rejects(publishedDigest({ minutes: 0.001, pauseSeconds: 0.01 }),
        new RegExp(`^Error: ${imageRepositoryUri()}:[0-9a-f]{16} was not pushed in 0.001 minutes: look at .*deploy\\.yml`));
    });

    it("refuses one that would expire while a stack that keeps data runs it", async () => {
      await refuseUnpromoted("prod", digest);
      missing = 1;
      await assert.rejects(refuseUnpromoted("prod", digest), new RegExp(
        `^Error: prod keeps data, and no tag promoted-a{12} keeps .* expired: run .*promote-image -- ${digest}`));
    });
  });
});

/** A stack of this name that has these outputs and nothing else. */
function stateWith(outputs: object): string {
  const time = "2026-01-01T00:00:00Z";
  const stack = { urn: "urn:pulumi:dev::accounts::pulumi:pulumi:Stack::accounts-dev", custom: false, type: "pulumi:pulumi:Stack", outputs };
  return JSON.stringify({ version: 3, deployment: { manifest: { time, magic: "", version: "" }, resources: [stack] } });
}
