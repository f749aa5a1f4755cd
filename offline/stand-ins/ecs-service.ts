import { setTimeout as delay } from "node:timers/promises";

import type { Task } from "./ecs-shapes";
import type { RunningTask } from "./ecs-task";

/** How many tasks a service keeps, and who is told. */
export interface ServiceArgs {
  readonly name: string;
  readonly cluster: string;
  /** Family, family and revision, or ARN. */
  readonly taskDefinition: string;
  readonly desiredCount: number;
  /** Called when a task runs: the time to register it as a target. It may wait until the target is healthy. */
  readonly onStarted?: (task: Task) => unknown;
  /**
   * Called once a task that has run: the time to deregister it. A task that the service itself stops gets its SIGTERM
   * when this is done; one that is stopped by StopTask or ends by itself does not wait.
   */
  readonly onStopping?: (task: Task) => unknown;
  /** Wait before a task is replaced that did not run for a minute; it doubles with each such task in a row. */
  readonly backOff: { readonly firstMilliseconds: number; readonly mostMilliseconds: number };
}

/** A running service. */
export interface Service {
  /** The tasks that are not stopped. */
  readonly tasks: readonly Task[];
  /** Replaces a task that a balancer finds unhealthy: first a new one is started, then this one is drained. */
  replace(taskArn: string, reason: string): Promise<void>;
  /** Drains and stops all tasks and starts no more. */
  stop(): Promise<void>;
}

interface ServiceTask {
  readonly running: RunningTask;
  /** Set when its place is taken by another one or given up. */
  leaving: boolean;
  hook?: Promise<unknown>;
}

const steadyMilliseconds = 60_000;

/** Keeps the desired number of tasks running, as the scheduler of ECS does. */
export class ServiceScheduler implements Service {
  private readonly current = new Set<ServiceTask>();
  private readonly places = new Set<Promise<void>>();
  private readonly abort = new AbortController();

  constructor(private readonly args: ServiceArgs, private readonly run: () => RunningTask) {
    for (let place = 0; place < args.desiredCount; place += 1) {
      this.addPlace();
    }
  }

  get tasks(): readonly Task[] {
    return [...this.current].map(({ running }) => running.task);
  }

  async replace(taskArn: string, reason: string): Promise<void> {
    const old = [...this.current].find(({ running }) => running.task.taskArn === taskArn);
    if (old === undefined || old.leaving || this.abort.signal.aborted) {
      return;
    }
    old.leaving = true;
    await this.addPlace();
    await this.drain(old, reason);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all([...this.current].map((task) => this.drain(task, `Scaling activity initiated by (${this.args.name})`)));
    await Promise.all(this.places);
  }

  /** Resolves when the first task of the place is ready, or has ended before. */
  private addPlace(): Promise<void> {
    return new Promise((resolve) => {
      const place = this.keep(resolve).finally(() => {
        this.places.delete(place);
        resolve();
      });
      this.places.add(place);
    });
  }

  private async keep(onReady: () => void): Promise<void> {
    let quickEnds = 0;
    while (!this.abort.signal.aborted) {
      const startedAt = Date.now();
      const task: ServiceTask = { running: this.run(), leaving: false };
      this.current.add(task);
      await this.follow(task, onReady);
      this.current.delete(task);
      if (task.leaving) {
        return;
      }
      quickEnds = Date.now() - startedAt < steadyMilliseconds ? quickEnds + 1 : 0;
      await this.backOff(quickEnds);
    }
  }

  private async follow(task: ServiceTask, onReady: () => void): Promise<void> {
    const { running } = task;
    await running.started;
    if (running.task.startedAt !== undefined) {
      const ready = Promise.resolve(this.args.onStarted?.(running.task));
      void running.stopping.then(() => this.leave(task));
      await Promise.race([ready, running.stopping]);
    }
    onReady();
    await running.stopped;
    await task.hook;
  }

  private async drain(task: ServiceTask, reason: string): Promise<void> {
    task.leaving = true;
    await task.running.started;
    if (task.running.task.startedAt !== undefined) {
      await this.leave(task);
    }
    await task.running.stop("ServiceSchedulerInitiated", reason);
  }

  private leave(task: ServiceTask): Promise<unknown> {
    task.hook ??= Promise.resolve(this.args.onStopping?.(task.running.task));
    return task.hook;
  }

  private async backOff(quickEnds: number): Promise<void> {
    const { firstMilliseconds, mostMilliseconds } = this.args.backOff;
    const milliseconds = quickEnds === 0 ? 0 : Math.min(firstMilliseconds * 2 ** (quickEnds - 1), mostMilliseconds);
    await delay(milliseconds, undefined, { signal: this.abort.signal }).catch(() => undefined);
  }
}
