import { ContainerProcess, type ContainerProcessArgs } from "./ecs-container";
import { prepareContainer, type TaskHost } from "./ecs-launch";
import type { ContainerDefinition, ContainerOverride, StopCode, Task, TaskDefinition, TaskStatus } from "./ecs-shapes";
import type { ProcessFile } from "./processes";

/** One task, from its request to its end. */
export class RunningTask {
  /** Settled when the task runs, or has failed to. */
  readonly started: Promise<void>;
  /** Settled when the task is asked to stop or begins to end by itself. */
  readonly stopping: Promise<void>;
  /** Settled when no process of the task is left. */
  readonly stopped: Promise<void>;

  private readonly processes: ContainerProcess[] = [];
  private ending: Promise<void> | undefined;
  private settleStopping!: () => void;
  private settleStopped!: () => void;

  constructor(
    readonly task: Task,
    readonly definition: TaskDefinition,
    private readonly overrides: readonly ContainerOverride[],
    private readonly host: TaskHost,
    private readonly processFile: ProcessFile | undefined,
  ) {
    this.stopping = new Promise((resolve) => {
      this.settleStopping = resolve;
    });
    this.stopped = new Promise((resolve) => {
      this.settleStopped = resolve;
    });
    this.started = this.start();
  }

  /** Ids of the processes that run the containers. */
  get pids(): readonly number[] {
    return this.processes.map(({ pid }) => pid);
  }

  /** Stops the task and waits until it has stopped; the first code and reason stay. */
  async stop(code: StopCode, reason: string): Promise<void> {
    this.markStopping(code, reason);
    await this.started;
    await this.end();
  }

  private async start(): Promise<void> {
    this.host.onChange?.(this.task);
    try {
      const containers = await Promise.all(this.definition.containerDefinitions.map(async (definition) => {
        const override = this.overrides.find(({ name }) => name === definition.name);
        return { definition, launch: await prepareContainer(this.host, this.task, definition, override) };
      }));
      for (const { definition, launch } of containers) {
        if (this.task.desiredStatus === "RUNNING") {
          await this.launch(definition, { ...launch, processFile: this.processFile });
        }
      }
    } catch (error) {
      this.markStopping("TaskFailedToStart", (error as Error).message);
    }
    if (this.task.desiredStatus === "STOPPED") {
      void this.end();
      return;
    }
    this.task.startedAt = Date.now() / 1_000;
    this.task.containers.forEach((container) => {
      container.lastStatus = "RUNNING";
    });
    this.changeTo("RUNNING");
  }

  private async launch(definition: ContainerDefinition, args: ContainerProcessArgs): Promise<void> {
    const state = this.task.containers.find(({ name }) => name === definition.name)!;
    const container = await ContainerProcess.start(args).catch((error: Error) => {
      state.reason = `CannotStartContainerError: ${error.message}`;
      throw new Error("Task failed to start");
    });
    this.processes.push(container);
    void container.exited.then(async (exitCode) => {
      state.lastStatus = "STOPPED";
      state.exitCode = exitCode;
      if (definition.essential ?? true) {
        this.markStopping("EssentialContainerExited", "Essential container in task exited");
        await this.started;
        await this.end();
      }
    });
  }

  private end(): Promise<void> {
    this.ending ??= Promise.all(this.processes.map((container) => container.stop())).then(() => {
      this.task.stoppedAt = Date.now() / 1_000;
      this.task.containers.forEach((container) => {
        container.lastStatus = "STOPPED";
      });
      this.changeTo("STOPPED");
      this.settleStopped();
    });
    return this.ending;
  }

  private markStopping(code: StopCode, reason: string): void {
    if (this.task.desiredStatus === "STOPPED") {
      return;
    }
    this.task.desiredStatus = "STOPPED";
    this.task.stoppingAt = Date.now() / 1_000;
    this.task.stopCode = code;
    this.task.stoppedReason = reason;
    this.changeTo("STOPPING");
    this.settleStopping();
  }

  private changeTo(status: TaskStatus): void {
    this.task.lastStatus = status;
    this.host.onChange?.(this.task);
  }
}
