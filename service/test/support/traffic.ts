import { randomUUID } from "node:crypto";
import * as http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { keys } from "./service.ts";

export interface Answer {
  /** "broken" when the connection ended without an answer. */
  readonly status: number | "broken";
  readonly headers: http.IncomingHttpHeaders;
  /** The last part of the problem's type, such as `timeout`. */
  readonly problem: string | undefined;
  readonly body: Record<string, unknown>;
  readonly milliseconds: number;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** How many clients do what, each of them one request after the other. */
export interface Clients {
  readonly readers?: number;
  readonly listers?: number;
  readonly writers?: number;
  /** Writers that send an `Idempotency-Key`, and repeat what was not answered. */
  readonly keyedWriters?: number;
}

export interface Request {
  readonly method?: string;
  readonly payload?: object;
  readonly agent?: http.Agent;
  readonly key?: string;
  readonly idempotencyKey?: string;
}

const MOST_REPETITIONS = 20;

/** Sends one request, once: an HTTP client that tries again would hide what this is to find. */
export async function send(
  url: string, { method = "GET", payload, agent, key = keys.writer, idempotencyKey }: Request = {},
): Promise<Answer> {
  const started = performance.now();
  const text = payload && JSON.stringify(payload);
  const headers = {
    authorization: `Bearer ${key}`,
    ...idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey },
    ...text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
  };
  return await new Promise((resolve) => {
    const answer = (status: Answer["status"], headers: http.IncomingHttpHeaders, body: Answer["body"]): void => {
      const problem = String(body["type"] ?? "").split("/").at(-1) || undefined;
      resolve({ status, headers, problem, body, milliseconds: performance.now() - started });
    };
    const request = http.request(url, { method, headers, agent: agent ?? false }, (response) => {
      let received = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        received += part;
      });
      response.on("close", () => answer(response.complete ? response.statusCode! : "broken", response.headers, parse(received)));
    });
    request.on("error", () => answer("broken", {}, {}));
    request.end(text);
  });
}

function parse(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return {};
  }
}

/** Clients that send requests without pause and check what they are told. */
export class Traffic {
  /** Requests that were answered as they should be. */
  served = 0;
  slowestMilliseconds = 0;
  /** The others: request, status and problem, or what was wrong with the content. */
  readonly failures: string[] = [];
  /** Email addresses of users that the service said it had created. */
  readonly created = new Set<string>();
  /** Those of which it said that it does not know. */
  readonly inDoubt = new Set<string>();
  /** Those that it said it had not created. */
  readonly refused = new Set<string>();
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #stopped = false;
  #turn = 0;

  /** `users` are the oldest ones of the service at `url`, in the order of their ids. */
  constructor(
    private readonly url: string, private readonly users: readonly User[], clients: Clients,
    private readonly key = keys.writer,
  ) {
    const start = (count: number, request: () => Promise<void>): Promise<void>[] =>
      Array.from({ length: count }, () => this.#repeat(request));
    this.#clients = [
      ...start(clients.readers ?? 0, () => this.#read()),
      ...start(clients.listers ?? 0, () => this.#list()),
      ...start(clients.writers ?? 0, () => this.#write()),
      ...start(clients.keyedWriters ?? 0, () => this.#writeUntilAnswered()),
    ];
  }

  /** The failures, each once. */
  get kindsOfFailure(): string[] {
    return [...new Set(this.failures)].sort();
  }

  /** Waits until so many more requests were served. */
  async more(requests: number): Promise<void> {
    const enough = this.served + requests;
    while (this.served < enough) {
      await sleep(5);
    }
  }

  /** The same for requests that were answered in any way. */
  async answered(requests: number): Promise<void> {
    const enough = this.served + this.failures.length + requests;
    while (this.served + this.failures.length < enough) {
      await sleep(5);
    }
  }

  async stop(): Promise<this> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
    return this;
  }

  async #repeat(request: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await request();
      // The service is under test here, not the processor that all share.
      await sleep(1);
    }
  }

  async #read(): Promise<void> {
    this.#turn += 1;
    const { id, email, name } = this.users[this.#turn % this.users.length]!;
    const answer = await this.#send(`/v1/users/${id}`);
    const right = answer.body["id"] === id && answer.body["email"] === email && answer.body["name"] === name;
    this.#note("GET /v1/users/{id}", answer, 200, right);
  }

  async #list(): Promise<void> {
    const limit = Math.min(5, this.users.length);
    const answer = await this.#send(`/v1/users?limit=${limit}`);
    const ids = (answer.body["items"] as User[] | undefined)?.map(({ id }) => id).join();
    this.#note("GET /v1/users", answer, 200, ids === this.users.slice(0, limit).map(({ id }) => id).join());
  }

  async #write(): Promise<void> {
    this.#turn += 1;
    const email = `written-${this.#turn}@example.com`;
    const answer = await this.#send("/v1/users", { method: "POST", payload: { email, name: "Ada" } });
    if (answer.status === 503 && answer.problem !== undefined) {
      (answer.problem === "outcome-unknown" ? this.inDoubt : this.refused).add(email);
      return;
    }
    if (answer.status === 201) {
      this.created.add(email);
    }
    this.#note("POST /v1/users", answer, 201, answer.body["email"] === email);
  }

  /** With a key, a request may be repeated until its answer is known, which is then that of the first one. */
  async #writeUntilAnswered(): Promise<void> {
    this.#turn += 1;
    const email = `written-${this.#turn}@example.com`;
    const request = { method: "POST", payload: { email, name: "Ada" }, idempotencyKey: randomUUID() };
    let answer = await this.#send("/v1/users", request);
    const isOpen = (): boolean => answer.status === 503 || answer.problem === "idempotency-in-progress";
    for (let i = 0; i < MOST_REPETITIONS && isOpen(); i += 1) {
      await sleep(50);
      answer = await this.#send("/v1/users", request);
    }
    if (answer.status === 201) {
      this.created.add(email);
    }
    this.#note("POST /v1/users with a key", answer, 201, answer.body["email"] === email);
  }

  async #send(path: string, options: Request = {}): Promise<Answer> {
    const answer = await send(`${this.url}${path}`, { ...options, agent: this.#agent, key: this.key });
    this.slowestMilliseconds = Math.max(this.slowestMilliseconds, answer.milliseconds);
    return answer;
  }

  #note(request: string, { status, problem, body }: Answer, expected: number, right: boolean): void {
    if (status !== expected) {
      this.failures.push([request, status, problem].filter((part) => part !== undefined).join(" "));
    } else if (!right) {
      this.failures.push(`${request} has the wrong content: ${JSON.stringify(body)}`);
    } else {
      this.served += 1;
    }
  }
}
