import type { PulumiCommand } from "@pulumi/pulumi/automation";

import type { Config } from "../../offline/stack-file";
import { exampleConfig } from "../example/config";
import { examplePlace } from "../example/project";
import { Account } from "./account";
import { startAwsx } from "./awsx";
import { AnsweringCloud } from "./cloud";
import { setEnvironment } from "./environment";
import { runProgram, type Change, type Environment } from "./program";
import { StandInProvider } from "./provider";
import { pulumiCliFor } from "./pulumi-cli";
import type { Refusals } from "./refusals";
import type { Rollouts } from "./rollouts";
import { EngineStack } from "./stack";

export interface SceneArgs {
  /** Takes the place of what the example's stack says. */
  readonly config?: Config;
  /** Whose configuration the stack has. */
  readonly environment?: Environment;
  /** Another name for the stack than its environment's. */
  readonly stackName?: string;
}

type Operation = (stack: EngineStack) => Promise<unknown>;

/** The program as a committed stack under the real engine, with stand-ins for all that the two of them call. */
export class Scene {
  readonly cloud: StandInProvider;
  readonly account: Account;
  /** What AWS refuses, and keeps of what is gone. */
  readonly refusals: Refusals;
  /** What becomes of deployments. */
  readonly rollouts: Rollouts;
  /** Counts from the next operation on. */
  change: Change = () => ({});
  stack!: EngineStack;
  private readonly environment: Environment;
  private readonly stackName: string;
  private readonly journal: string[] = [];
  private readonly stops: (() => unknown)[] = [];

  private constructor({ environment = "dev", stackName = environment }: SceneArgs) {
    const place = { stack: stackName, ...examplePlace(environment) };
    this.environment = environment;
    this.stackName = stackName;
    this.account = new Account(place, (line) => this.journal.push(line));
    const cloud = new AnsweringCloud(place);
    this.refusals = cloud.refusals;
    this.rollouts = cloud.rollouts;
    this.cloud = new StandInProvider(cloud, (kind, { type, name }) => {
      this.journal.push(`${kind} ${type} ${name}`);
      this.account.follow(this.cloud.all);
    });
  }

  /** To be called from `before` of a suite, which is skipped where there is no Pulumi CLI. */
  static async open(suite: Mocha.Context, args: SceneArgs = {}): Promise<Scene> {
    const pulumi = await pulumiCliFor(suite);
    const scene = new Scene(args);
    try {
      await scene.start(pulumi, args.config ?? {});
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  /**
   * What was seen, in order, while an operation succeeded: what happened to resources (`create <type> <name>`), what
   * tasks wrote (`<container>: <line>`), and what the program said (`info: ...`).
   */
  async success(operation: Operation): Promise<string[]> {
    this.journal.length = 0;
    const release = this.catchMessages();
    try {
      await operation(this.stack);
    } finally {
      release();
    }
    return [...this.journal];
  }

  /** The same while an operation failed, and what Pulumi said. */
  async failure(operation: Operation): Promise<{ journal: string[]; message: string }> {
    let message: string | undefined;
    const journal = await this.success((stack) => operation(stack).catch((error: Error) => {
      message = error.message;
    }));
    if (message === undefined) {
      throw new Error("the operation succeeded, but should have failed");
    }
    return { journal, message };
  }

  /** Stops everything, the last thing first; a failure does not keep the rest alive. */
  async close(): Promise<void> {
    const stop = this.stops.pop();
    try {
      await stop?.();
    } finally {
      if (stop !== undefined) {
        await this.close();
      }
    }
  }

  private async start(pulumi: PulumiCommand, config: Config): Promise<void> {
    this.stops.push(() => this.account.stop());
    await this.account.start();
    this.stops.push(setEnvironment(this.account.environment));
    const cloud = await this.cloud.start();
    this.stops.push(() => cloud.stop());
    const awsx = await startAwsx();
    this.stops.push(() => awsx.stop());
    this.stack = await EngineStack.open({
      pulumi,
      stackName: this.stackName,
      stackFile: `Pulumi.${this.environment}.yaml`,
      config: { ...exampleConfig(this.environment), ...config },
      program: () => runProgram(this.environment, this.change),
      providers: { aws: cloud.port, docker: cloud.port, awsx: awsx.port },
    });
    this.stops.push(() => this.stack.close());
  }

  /** Hooks run outside of the context of an inline program, so that the SDK writes their messages to the console. */
  private catchMessages(): () => void {
    const { log } = console;
    console.log = (...values: unknown[]) => {
      const text = String(values[0]);
      if (text.startsWith("info: [runtime] ")) {
        this.journal.push(text.replace("[runtime] ", ""));
      } else {
        log(...values);
      }
    };
    return () => {
      console.log = log;
    };
  }
}
