import { monitorEventLoopDelay, performance } from "node:perf_hooks";

import type { CredentialSource } from "../database/credentials.ts";
import type { Database } from "../database/database.ts";
import type { Secrets } from "../secrets.ts";
import type { Metric } from "./emf.ts";

export interface GaugeSources {
  readonly database: Pick<Database, "statistics">;
  readonly secrets: Pick<Secrets, "failures">;
  readonly credentials: Pick<CredentialSource, "ageSeconds">;
  readonly openSockets: () => number;
}

interface Counts {
  /** Statements that the lane has left to the pool. */
  readonly LaneSpilled: number;
  readonly SecretFailures: number;
}

/** How often the event loop's delay is looked at. The histogram counts it in, so it is taken off again. */
const RESOLUTION_MILLISECONDS = 20;

/** The state of the process, which is looked at again and again, unlike requests, which are counted. */
export class Gauges {
  readonly #sources: GaugeSources;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS });
  #utilization = performance.eventLoopUtilization();
  #counted: Counts = { LaneSpilled: 0, SecretFailures: 0 };
  #samples: Readonly<Record<string, number>>[] = [];

  constructor(sources: GaugeSources) {
    this.#sources = sources;
    this.#delay.enable();
  }

  sample(): void {
    const { pool, lane } = this.#sources.database.statistics;
    const { heapUsed, rss } = process.memoryUsage();
    this.#samples.push({
      PoolConnections: pool.total,
      PoolIdle: pool.idle,
      PoolWaiting: pool.waiting,
      LaneConnections: lane.connections,
      LaneInFlight: lane.inFlight,
      OpenSockets: this.#sources.openSockets(),
      HeapUsed: heapUsed,
      ResidentMemory: rss,
    });
  }

  /** Everything since the last time, with every sample, so that CloudWatch knows the highest. */
  take(): Metric[] {
    this.sample();
    const samples = this.#samples;
    this.#samples = [];
    return [
      ...Object.keys(samples[0]!).map((name): Metric => ({
        name,
        unit: name === "HeapUsed" || name === "ResidentMemory" ? "Bytes" : "Count",
        value: samples.map((sample) => sample[name]!),
      })),
      ...this.#counts(),
      ...this.#passwordAge(),
      { name: "EventLoopDelay", unit: "Milliseconds", value: this.#slowestDelay() },
      { name: "EventLoopUtilization", unit: "Percent", value: this.#busyPercent() },
    ];
  }

  close(): void {
    this.#delay.disable();
  }

  #counts(): Metric[] {
    const { database, secrets } = this.#sources;
    const before = this.#counted;
    const now: Counts = { LaneSpilled: database.statistics.lane.spilled, SecretFailures: secrets.failures };
    this.#counted = now;
    return (["LaneSpilled", "SecretFailures"] as const)
      .map((name) => ({ name, unit: "Count", value: now[name] - before[name] }));
  }

  #passwordAge(): Metric[] {
    const { ageSeconds } = this.#sources.credentials;
    return ageSeconds === undefined ? [] : [{ name: "PasswordAge", unit: "Seconds", value: ageSeconds }];
  }

  /** The 99th percentile, in milliseconds. */
  #slowestDelay(): number {
    const milliseconds = this.#delay.percentile(99) / 1e6 - RESOLUTION_MILLISECONDS;
    this.#delay.reset();
    return Math.max(0, Math.round(milliseconds * 10) / 10);
  }

  #busyPercent(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    return Math.round(utilization * 1_000) / 10;
  }
}
