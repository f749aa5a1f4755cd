import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import {
  LocalWorkspace, PulumiCommand, Stack,
  type DestroyResult, type PreviewOptions, type PreviewResult, type PulumiFn, type RefreshResult, type UpOptions,
  type UpResult,
} from "@pulumi/pulumi/automation";
import { isMap, parseDocument } from "yaml";

import { program as accounts, projectFolder, type Config, type Project } from "../../offline/stack-file";

const operationLimitSeconds = 120;
const patienceSeconds = 5;

export interface StackArgs {
  readonly pulumi: PulumiCommand;
  /** The program, unless it is another one. */
  readonly project?: Project;
  readonly stackName: string;
  /** The committed file whose configuration the stack has. */
  readonly stackFile: string;
  /** Takes the place of what that file says. */
  readonly config?: Config;
  readonly program: PulumiFn;
  /** The name of a package and the port of its stand-in. */
  readonly providers: Readonly<Record<string, number>>;
}

/** A stack under the real engine, all of it in a temporary folder: Pulumi rewrites the file of a stack. */
export class EngineStack {
  private interruption = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  private constructor(private readonly stack: Stack, private readonly folder: string) {}

  /** The state as it is stored. */
  get state(): string {
    const folder = path.join(this.folder, ".pulumi", "stacks");
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    const file = files.find((name) => path.basename(name) === `${this.stack.name}.json`);
    if (file === undefined) {
      throw new Error(`${folder} holds no state of ${this.stack.name}, only ${files.join(", ")}`);
    }
    return fs.readFileSync(path.join(folder, file), "utf8");
  }

  /** All that the backend keeps of it, from its folder on. */
  get files(): string[] {
    const folder = path.join(this.folder, ".pulumi");
    return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
  }

  static async open(args: StackArgs): Promise<EngineStack> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "accounts-stack-"));
    try {
      return new EngineStack(await openIn(folder, args), folder);
    } catch (error) {
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  preview(options: PreviewOptions = {}): Promise<PreviewResult> {
    return this.run((signal) => this.stack.preview({ ...options, signal }));
  }

  up(options: UpOptions = {}): Promise<UpResult> {
    return this.run((signal) => this.stack.up({ ...options, signal }));
  }

  refresh(): Promise<RefreshResult> {
    return this.run((signal) => this.stack.refresh({ signal }));
  }

  /** As a person's `pulumi destroy` does first; what it refuses, it refuses before anything is gone. */
  previewDestroy(): Promise<PreviewResult> {
    return this.run((signal) => this.stack.previewDestroy({ signal }));
  }

  /** Without that preview: what may go is gone before something is refused. */
  destroy(): Promise<DestroyResult> {
    return this.run((signal) => this.stack.destroy({ signal }));
  }

  /** `pulumi state unprotect <urn>`. */
  async unprotect(urn: string): Promise<void> {
    const { workspace, name } = this.stack;
    const env = { ...workspace.envVars, PULUMI_HOME: workspace.pulumiHome ?? "" };
    // Of all that the command line can do, this is what the Automation API has no method for.
    const { run } = PulumiCommand.prototype as unknown as {
      run(args: string[], folder: string, variables: typeof env): Promise<unknown>;
    };
    const args = ["state", "unprotect", urn, "--yes", "--stack", name];
    await run.call(workspace.pulumiCommand, args, workspace.workDir, env);
  }

  setConfig(key: string, value: string): Promise<void> {
    return this.stack.setConfig(key, { value });
  }

  /** Ends an operation that a failed test left behind, and deletes the stack with its folder. */
  async close(): Promise<void> {
    await this.interrupt();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private async run<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.interruption = new AbortController();
    const limit = setTimeout(() => void this.interrupt(), operationLimitSeconds * 1000);
    const running = operation(this.interruption.signal).finally(() => clearTimeout(limit));
    this.running = running.catch(() => undefined);
    return running;
  }

  /** The first interrupt lets Pulumi wait for what is under way, a hook for example; the second one does not. */
  private async interrupt(): Promise<void> {
    this.interruption.abort();
    const again = setTimeout(() => this.interruption.signal.dispatchEvent(new Event("abort")), patienceSeconds * 1000);
    await this.running;
    clearTimeout(again);
  }
}

async function openIn(folder: string, args: StackArgs): Promise<Stack> {
  const { pulumi, project = accounts, stackName, stackFile, config = {}, program, providers } = args;
  fs.copyFileSync(path.join(projectFolder, project.folder, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
  const secrets = copyStackFile(stackFile, path.join(folder, `Pulumi.${stackName}.yaml`), config);
  const workspace = await LocalWorkspace.create({
    pulumiCommand: pulumi,
    program,
    workDir: folder,
    pulumiHome: path.join(folder, "home"),
    envVars: {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "engine tests",
      PULUMI_DEBUG_PROVIDERS: Object.entries(providers).map(([name, port]) => `${name}:${port}`).join(","),
      // Otherwise every operation looks for plugins to download, also for those that are attached.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  });
  const stack = await Stack.create(stackName, workspace);
  for (const key of secrets) {
    await stack.setConfig(key, { value: "stand-in", secret: true });
  }
  return stack;
}

/** Leaves out what only the stack's own passphrase could decrypt; returns the keys that need another secret. */
function copyStackFile(from: string, to: string, changes: Config): string[] {
  const stackFile = parseDocument(fs.readFileSync(path.join(projectFolder, from), "utf8"));
  for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) {
    stackFile.delete(key);
  }
  const config = stackFile.get("config");
  const secrets = isMap(config)
    ? config.items.filter(({ value }) => isMap(value) && value.has("secure")).map(({ key }) => String(key))
    : [];
  for (const key of secrets) {
    stackFile.deleteIn(["config", key]);
  }
  for (const [key, value] of Object.entries(changes).filter(([changed]) => !secrets.includes(changed))) {
    stackFile.setIn(["config", key], value.startsWith("[") ? JSON.parse(value) : value);
  }
  fs.writeFileSync(to, stackFile.toString());
  return secrets;
}
