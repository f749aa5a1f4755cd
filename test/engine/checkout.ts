import { spawn } from "node:child_process";
import * as path from "node:path";

import { ended, type Ended } from "../delivery/shell";
import { ExampleProject, examplePlace } from "../example/project";
import { Account } from "./account";
import { startAwsx } from "./awsx";
import { AnsweringCloud } from "./cloud";
import { startLanguageHost } from "./language-host";
import type { Environment } from "./program";
import { StandInProvider } from "./provider";
import { pulumiCliFor } from "./pulumi-cli";

/** A checkout of the example with a stack of its own, in which a person or a workflow runs commands in a shell. */
export class Checkout extends ExampleProject {
  readonly cloud: StandInProvider;
  private readonly account: Account;
  private readonly stops: (() => unknown)[] = [];
  private env: NodeJS.ProcessEnv = {};

  private constructor(readonly stack: Environment) {
    super();
    this.stops.push(this.remove);
    const place = { stack, ...examplePlace(stack) };
    this.account = new Account(place, () => undefined);
    this.cloud = new StandInProvider(new AnsweringCloud(place), () => this.account.follow(this.cloud.all));
  }

  /** To be called from `before` of a suite, which is skipped where there is no Pulumi CLI. */
  static async open(suite: Mocha.Context, stack: Environment): Promise<Checkout> {
    const { command } = await pulumiCliFor(suite);
    const checkout = new Checkout(stack);
    try {
      await checkout.start(command);
    } catch (error) {
      await checkout.close();
      throw error;
    }
    return checkout;
  }

  private async start(command: string): Promise<void> {
    this.stops.push(() => this.account.stop());
    await this.account.start();
    this.account.migrateWith("");
    const { environment } = this.account;
    const [cloud, awsx, host] = await Promise.all([this.cloud.start(), startAwsx(), startLanguageHost(environment)]);
    this.stops.push(() => cloud.stop(), () => awsx.stop(), () => host.stop());
    this.env = {
      ...process.env,
      ...environment,
      PATH: [path.dirname(command), process.env["PATH"]].join(path.delimiter),
      PULUMI_HOME: path.join(this.folder, ".pulumi-home"),
      PULUMI_BACKEND_URL: `file://${this.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "engine tests",
      PULUMI_DEBUG_LANGUAGES: `nodejs:${host.port}`,
      PULUMI_DEBUG_PROVIDERS: `aws:${cloud.port},docker:${cloud.port},awsx:${awsx.port}`,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** The stack as a pipeline has made it, with that image. */
  async up(image: string): Promise<void> {
    await this.succeed("pulumi", ["stack", "init", this.stack]);
    await this.succeed("pulumi", ["up", "--yes", "--skip-preview", "--stack", this.stack, "--config", `accounts:image=${image}`]);
    // Pulumi has saved it there, where it would stay.
    await this.succeed("pulumi", ["config", "rm", "accounts:image", "--stack", this.stack]);
  }

  /** The stack's state as it is stored. */
  get state(): string {
    return this.read(`.pulumi/stacks/accounts/${this.stack}.json`);
  }

  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return ended(spawn(command, args, {
      cwd: this.folder, env: { ...this.env, ...env }, stdio: ["ignore", "pipe", "pipe"],
    }));
  }

  async succeed(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, args, env);
    if (code !== 0) {
      throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    }
    return stdout;
  }

  async close(): Promise<void> {
    for (const stop of this.stops.toReversed()) {
      await stop();
    }
  }
}
