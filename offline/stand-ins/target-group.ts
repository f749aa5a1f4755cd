import * as http from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { checkHealth, type HealthCheck } from "./health-check";

/** What a target group is asked to do, named as in the API of the balancer. */
export interface TargetGroupArgs {
  readonly deregistrationDelaySeconds: number;
  readonly healthCheck: HealthCheck;
}

/** A process that listens on this computer. */
export interface Target {
  readonly id: string;
  readonly port: number;
}

/** What the balancer thinks of a target, in AWS's words. */
export interface TargetHealth extends Target {
  readonly state: "initial" | "healthy" | "unhealthy" | "draining";
  /** Why it is not healthy. */
  readonly description?: string;
}

/** How often a target is asked that has just started. AWS's targets wait up to an interval; a person should not. */
const initialIntervalSeconds = 0.1;

/** A target while it is registered. */
export class RegisteredTarget {
  /** Connections to this target alone, so that they end with it. */
  readonly agent: http.Agent;
  /** Settled when the target is healthy for the first time, or will not be any more. */
  readonly ready: Promise<void>;
  health: TargetHealth;

  private readonly exchanges = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private readonly checking: Promise<void>;
  private settleReady!: () => void;
  private streak = 0;

  constructor(
    readonly target: Target,
    private readonly group: TargetGroupArgs,
    idleTimeoutSeconds: number,
    private readonly onChange: (health: TargetHealth) => void,
  ) {
    this.agent = new http.Agent({ keepAlive: true, timeout: idleTimeoutSeconds * 1_000 });
    this.ready = new Promise((resolve) => {
      this.settleReady = resolve;
    });
    this.health = { ...target, state: "initial" };
    this.onChange(this.health);
    this.checking = this.check();
  }

  /** Counts a request as open until its response is closed. */
  track(response: http.ServerResponse): void {
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    this.exchanges.add(closed);
    void closed.then(() => this.exchanges.delete(closed));
  }

  /** Takes no new requests; open ones may finish within the deregistration delay. */
  async drain(): Promise<void> {
    this.change("draining", "Target deregistration is in progress");
    const milliseconds = this.group.deregistrationDelaySeconds * 1_000;
    const delayIsOver = delay(milliseconds, undefined, { signal: this.abort.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.exchanges), delayIsOver]);
    await this.close();
  }

  /** Ends the checks and all connections at once. */
  async close(): Promise<void> {
    this.abort.abort();
    this.agent.destroy();
    this.settleReady();
    await this.checking;
  }

  private async check(): Promise<void> {
    const { healthCheck } = this.group;
    const initialEnd = Date.now() + healthCheck.unhealthyThreshold * healthCheck.intervalSeconds * 1_000;
    while (!this.abort.signal.aborted && this.health.state !== "draining") {
      const failure = await checkHealth(this.target.port, healthCheck, this.abort.signal);
      this.judge(failure, Date.now() >= initialEnd);
      const seconds = this.health.state === "initial"
        ? Math.min(initialIntervalSeconds, healthCheck.intervalSeconds)
        : healthCheck.intervalSeconds;
      await delay(seconds * 1_000, undefined, { signal: this.abort.signal }).catch(() => undefined);
    }
  }

  private judge(failure: string | undefined, initialIsOver: boolean): void {
    const { state } = this.health;
    const { healthyThreshold, unhealthyThreshold } = this.group.healthCheck;
    const contradicts = (failure === undefined) !== (state === "healthy");
    this.streak = contradicts ? this.streak + 1 : 0;
    if (this.abort.signal.aborted || state === "draining") {
      return;
    }
    // The first passed check is enough; the thresholds are for changes of mind afterwards.
    if (failure === undefined && (state === "initial" || this.streak >= healthyThreshold)) {
      this.change("healthy");
      this.settleReady();
    } else if (failure !== undefined && (state === "initial" ? initialIsOver : this.streak >= unhealthyThreshold)) {
      this.change("unhealthy", failure);
    }
  }

  private change(state: TargetHealth["state"], description?: string): void {
    this.streak = 0;
    if (this.health.state !== state) {
      this.health = { ...this.target, state, description };
      this.onChange(this.health);
    }
  }
}
