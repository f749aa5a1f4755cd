import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

import { parse } from "yaml";

import { pipelineProblems, type StackFile } from "../../delivery/check-stack-file";
import { projectFolder, type StackEncryption } from "../../offline/stack-file";
import type { AwsService } from "../../offline/stand-ins/aws-json";
import { exampleConfig } from "../example/config";
import { exampleDelivery } from "../example/delivery";
import { stackFileOf } from "../example/project";
import { startKeys } from "./keys";
import { pulumiCliFor } from "./pulumi-cli";

const run = promisify(execFile);

const settings = exampleDelivery(["dev", "prod"]);

describe("the commands that a stack's file lacks, under Pulumi's own CLI", () => {
  let folder: string;
  let keys: AwsService;
  let environment: NodeJS.ProcessEnv;

  before(async function () {
    const { command } = await pulumiCliFor(this);
    keys = await startKeys();
    folder = mkdtempSync(join(tmpdir(), "accounts-stack-keys-"));
    copyFileSync(join(projectFolder, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    for (const stack of ["dev", "prod"]) {
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stackFileOf(exampleConfig(stack)));
    }
    environment = {
      PATH: [dirname(command), process.env["PATH"]].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      AWS_ENDPOINT_URL_KMS: keys.url,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ACCESS_KEY_ID: "administrator",
      AWS_SECRET_ACCESS_KEY: "stand-in",
    };
  });

  after(async () => {
    await keys?.stop();
    rmSync(folder ?? "", { recursive: true, force: true });
  });

  const shell = (command: string, env: NodeJS.ProcessEnv = {}) =>
    run("sh", ["-c", command], { cwd: folder, env: { ...environment, ...env } });
  const files = () => ["dev", "prod"].map((stack): StackFile => {
    const { config, ...encryption } = parse(readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8")) as
      { config: Record<string, string> } & StackEncryption;
    return { stack, config: { ...exampleConfig(stack), ...config }, encryption };
  });
  /** The commands of all lines: the one for a new stack, or the one for a stack that is there. */
  const commands = (which: "new" | "there") => pipelineProblems(settings, files()).map((line) => {
    const named = [...line.matchAll(/`(pulumi [^`]+)`/g)].map(([, command]) => command!);
    return (which === "new" ? named[0] : named.at(-1))!;
  });

  it("make new stacks with keys of their own, and leave nothing to ask for", async () => {
    // A stack is there before something of it is set.
    for (const command of commands("new").toSorted().toReversed()) {
      await shell(command);
    }

    assert.deepEqual(pipelineProblems(settings, files()), []);
    const encrypted = keys.calls.filter(({ operation }) => operation === "TrentService.Encrypt");
    assert.deepEqual(new Set(encrypted.map(({ input }) => input["KeyId"])),
      new Set(["alias/pipeline-accounts-secrets-dev", "alias/pipeline-accounts-secrets-prod"]));
  });

  it("give a stack that has a passphrase its key", async () => {
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "of somebody" };
    await shell("pulumi stack change-secrets-provider passphrase --stack dev", passphrase);
    assert.equal(pipelineProblems(settings, files()).length, 1);

    for (const command of commands("there")) {
      await shell(command, passphrase);
    }

    assert.deepEqual(pipelineProblems(settings, files()), []);
  });
});
