import { hash, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { FastifyBaseLogger } from "fastify";
import { Type, type Static } from "typebox";

import type { Secrets } from "./secrets.ts";

const Scope = Type.Enum(["read", "write"]);
export type Scope = Static<typeof Scope>;

const Key = Type.String({ minLength: 32 });

/** What the secret of the API keys holds. `previous` stays valid while a client changes to `current`. */
export const ApiKeysSecret = Type.Object({
  clients: Type.Record(Type.String(), Type.Object({
    scopes: Type.Array(Scope),
    current: Key,
    previous: Type.Union([Key, Type.Null()]),
  })),
});

export interface Client {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

interface KnownKey {
  readonly digest: Buffer;
  readonly client: Client;
  /** Whether it is the one before the client's current one. */
  readonly previous: boolean;
}

/** Anybody can send unknown keys, so they must not decide how often Secrets Manager is asked. */
const MINIMUM_INTERVAL_MILLISECONDS = 1_000;
/** So many requests with unknown keys may wait for the next read, and not more: each holds a few kB. */
const MAXIMUM_WAITING = 1_000;
/** After this long the keys are read again beside the request, which does not wait. */
const REFRESH_AGE_MILLISECONDS = 60_000;
/** After this long, on a task that was idle, the request waits: a key that was taken away must not pass once more. */
const MAXIMUM_AGE_MILLISECONDS = 120_000;

export class ApiKeys {
  #known: readonly KnownKey[] = [];
  /** A read that has begun. */
  #loading: Promise<void> | undefined;
  /** A read that has not begun, which whoever comes may still wait for. */
  #scheduled: Promise<void> | undefined;
  #waiting = 0;
  #readAt = -Infinity;
  /** The clients that were seen with their previous key since the last read. */
  readonly #behind = new Set<string>();

  constructor(
    private readonly secrets: Secrets,
    private readonly arn: string,
    private readonly log: FastifyBaseLogger,
    private readonly now = () => performance.now(),
    private readonly wait: (milliseconds: number) => Promise<unknown> = sleep,
  ) {}

  /** Once for all who ask at the same time. Rejects when the secret cannot be read. */
  load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    this.#readAt = this.now();
    const { clients } = await this.secrets.read(ApiKeysSecret, this.arn);
    this.#known = Object.entries(clients).flatMap(([name, { scopes, current, previous }]) => {
      const client = { name, scopes };
      const keys = [{ digest: digestOf(current), client, previous: false }];
      return previous === null ? keys : [...keys, { digest: digestOf(previous), client, previous: true }];
    });
    this.#behind.clear();
  }

  async authenticate(key: string): Promise<Client | undefined> {
    const digest = digestOf(key);
    const age = this.now() - this.#readAt;
    let known = this.#find(digest);
    if (known === undefined) {
      known = await this.#findLater(digest);
    } else if (age >= MAXIMUM_AGE_MILLISECONDS) {
      await this.#reload();
      known = this.#find(digest);
    } else if (age >= REFRESH_AGE_MILLISECONDS) {
      void this.#reload();
    }
    if (known?.previous === true) {
      this.#notePrevious(known.client.name);
    }
    return known?.client;
  }

  /** Compares with every key, so that the time taken does not tell which one was nearly right. */
  #find(digest: Buffer): KnownKey | undefined {
    let found: KnownKey | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.digest, digest)) {
        found = known;
      }
    }
    return found;
  }

  /** Who takes a previous key away reads here first whether it is in use: about one line a minute, client and task. */
  #notePrevious(client: string): void {
    if (!this.#behind.has(client)) {
      this.#behind.add(client);
      this.log.info(`the client "${client}" uses its previous API key`);
    }
  }

  /** An unknown key may have been written a moment ago, so its request waits rather than being refused. */
  async #findLater(digest: Buffer): Promise<KnownKey | undefined> {
    if (this.#waiting >= MAXIMUM_WAITING) {
      return undefined;
    }
    this.#waiting += 1;
    try {
      // A read under way may have missed the key. At a start it is the first of all, and enough.
      await this.#underWay();
      const known = this.#find(digest);
      if (known !== undefined) {
        return known;
      }
      this.#scheduled ??= this.#readWhenDue();
      await this.#scheduled;
      return this.#find(digest);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #readWhenDue(): Promise<void> {
    let pause: number;
    do {
      await this.#underWay();
      pause = this.#readAt + MINIMUM_INTERVAL_MILLISECONDS - this.now();
      await (pause > 0 ? this.wait(pause) : undefined);
    } while (pause > 0 || this.#loading !== undefined);
    // Who comes from here on waits for the read after this one, which may miss a key that is written now.
    this.#scheduled = undefined;
    await this.#reload();
  }

  async #reload(): Promise<void> {
    if (this.#loading !== undefined) {
      return await this.#underWay();
    }
    await this.load().catch((err: unknown) => {
      this.log.warn({ err }, "API keys could not be read again, the known ones stay valid");
    });
  }

  /** The read that has begun, if any, however it ends: who began it hears of its failure. */
  async #underWay(): Promise<void> {
    await this.#loading?.catch(() => undefined);
  }
}

function digestOf(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
