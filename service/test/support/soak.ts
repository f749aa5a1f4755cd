import { randomUUID } from "node:crypto";
import * as http from "node:http";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import type { Reading } from "./gauge.ts";
import type { Mutation } from "./process.ts";
import type { Stage, Task } from "./stage.ts";
import { send, Traffic } from "./traffic.ts";

export interface Sample extends Reading {
  readonly seconds: number;
  readonly requests: number;
  readonly sessions: number;
}

/** What a service may hold more at the end than after its warm-up; a leak of one object per request is far above. */
const bounds = { heapMiB: 4, rssMiB: 48, handles: 20, sessions: 6 };
type Quantity = keyof typeof bounds;

export interface Growth {
  readonly quantity: Quantity;
  readonly growth: number;
  readonly perMinute: number;
  readonly bound: number;
}

const SAMPLES = 24;
/** Until code is compiled, statements are prepared and buffers have their size. */
const WARM_UP_SAMPLES = 6;
/** Also what is cleaned up after a fault can leak. */
const FAULT_EVERY_SAMPLES = 4;

const nodeOptions = ["--expose-gc", "--import", pathToFileURL(`${import.meta.dirname}/gauge.ts`).href];

/** Sends the built service every kind of request for some time, and looks what it holds on to. */
export async function soak(
  stage: Stage, seconds: number, onSample: (sample: Sample) => void, without: readonly Mutation[] = [],
): Promise<Sample[]> {
  const task = await stage.serve({ nodeOptions, without });
  const traffic = new Traffic(task.url, stage.users, { readers: 4, listers: 1, writers: 1 });
  const trouble = new Trouble(task, stage);
  const samples: Sample[] = [];
  const started = performance.now();
  try {
    for (let i = 1; i <= SAMPLES; i += 1) {
      await sleep(Math.max(0, started + i * seconds * 1_000 / SAMPLES - performance.now()));
      if (i % FAULT_EVERY_SAMPLES === 0) {
        await stage.breakSessions();
      }
      const [reading, sessions] = await Promise.all([task.program.ask<Reading>("reading"), stage.sessions()]);
      const requests = traffic.served + trouble.served;
      samples.push({ ...reading, requests, sessions: sessions.length, seconds: (performance.now() - started) / 1_000 });
      onSample(samples.at(-1)!);
    }
  } finally {
    await Promise.all([traffic.stop(), trouble.stop()]);
  }
  refuseUnserved(traffic, trouble);
  return samples;
}

/** What holds nothing because it serves nothing would pass for a service without leaks. */
function refuseUnserved(traffic: Traffic, trouble: Trouble): void {
  // On a busy machine a new connection can take longer than a request waits for it; that is for the fault tests.
  const failures = [...traffic.kindsOfFailure, ...trouble.failures].filter((failure) => !failure.includes(" 503"));
  const [served, refused] = [traffic.served, traffic.failures.length];
  if (refused > 9 * served) {
    failures.push(`${refused} were refused, and ${served} served`);
  }
  if (failures.length > 0) {
    throw new Error(`requests were not answered as they should be: ${failures.join(", ")}`);
  }
}

/** How much more there is at the end than after the warm-up: the difference between the medians of two thirds. */
export function growthsOf(samples: readonly Sample[]): Growth[] {
  const third = Math.floor((samples.length - WARM_UP_SAMPLES) / 3);
  const [first, last] = [samples.slice(WARM_UP_SAMPLES, WARM_UP_SAMPLES + third), samples.slice(-third)];
  const growthOf = (quantity: keyof Sample): number =>
    median(last.map((sample) => sample[quantity])) - median(first.map((sample) => sample[quantity]));
  const minutes = growthOf("seconds") / 60;
  return (Object.keys(bounds) as Quantity[]).map((quantity) => {
    const growth = growthOf(quantity);
    return { quantity, growth, perMinute: growth / minutes, bound: bounds[quantity] };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** A client that makes every mistake there is, and one that goes away before it is answered. */
class Trouble {
  served = 0;
  readonly failures = new Set<string>();
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(private readonly task: Task, private readonly stage: Stage) {
    this.#clients = [this.#repeat(() => this.#mistakes()), this.#repeat(() => this.#goAway())];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #repeat(action: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await action();
      await sleep(5);
    }
  }

  async #mistakes(): Promise<void> {
    const { id, email } = this.stage.users[0]!;
    await this.#expect(404, "GET", `/v1/users/${randomUUID()}`);
    await this.#expect(400, "GET", "/v1/users/nobody");
    await this.#expect([404, 429], "GET", `/${randomUUID()}`);
    await this.#expect(405, "PUT", `/v1/users/${id}`, {});
    await this.#expect(400, "POST", "/v1/users", { email: 1 });
    await this.#expect(409, "POST", "/v1/users", { email, name: "Ada" });
    await this.#expect(413, "POST", "/v1/users", { email, name: "a".repeat(100_000) });
    await this.#expect(404, "PUT", `/v1/users/${randomUUID()}/data/key`, { any: "thing" });
  }

  async #expect(expected: number | number[], method: string, path: string, payload?: object): Promise<void> {
    const options = { method, agent: this.#agent, ...payload && { payload } };
    const { status, problem } = await send(`${this.task.url}${path}`, options);
    if ([expected].flat().some((each) => each === status) || problem === "outcome-unknown") {
      this.served += 1;
    } else {
      this.failures.add(`${method} ${path.replace(uuid, "{id}")} ${status}, not ${expected}`);
    }
  }

  async #goAway(): Promise<void> {
    await new Promise<void>((resolve) => {
      const socket = net.connect(this.task.port, "127.0.0.1", () => {
        socket.write("POST /v1/users HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{", () => socket.destroy());
      });
      socket.on("error", () => undefined).on("close", () => resolve());
    });
  }
}
