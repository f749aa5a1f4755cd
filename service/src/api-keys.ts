import { createHash, timingSafeEqual } from "node:crypto";

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
}

/** Anybody can send unknown keys, so they must not decide how often Secrets Manager is asked. */
const MINIMUM_INTERVAL_MILLISECONDS = 5_000;
/** After this long the keys are read again beside the request, which does not wait. */
const REFRESH_AGE_MILLISECONDS = 60_000;
/** After this long, on a task that was idle, the request waits: a key that was taken away must not pass once more. */
const MAXIMUM_AGE_MILLISECONDS = 120_000;

export class ApiKeys {
  #known: readonly KnownKey[] = [];
  #loading: Promise<void> | undefined;
  #readAt = -Infinity;

  constructor(
    private readonly secrets: Secrets,
    private readonly arn: string,
    private readonly log: FastifyBaseLogger,
    private readonly now = () => performance.now(),
  ) {}

  async load(): Promise<void> {
    this.#readAt = this.now();
    const { clients } = await this.secrets.read(ApiKeysSecret, this.arn);
    this.#known = Object.entries(clients).flatMap(([name, { scopes, current, previous }]) => {
      const client = { name, scopes };
      return [current, previous].filter((key) => key !== null).map((key) => ({ digest: digestOf(key), client }));
    });
  }

  async authenticate(key: string): Promise<Client | undefined> {
    const digest = digestOf(key);
    const age = this.now() - this.#readAt;
    const known = this.#find(digest);
    if (known !== undefined && age < MAXIMUM_AGE_MILLISECONDS) {
      if (age >= REFRESH_AGE_MILLISECONDS) {
        void this.#reload();
      }
      return known;
    }
    if (this.#loading === undefined && age < MINIMUM_INTERVAL_MILLISECONDS) {
      return undefined;
    }
    await this.#reload();
    return this.#find(digest);
  }

  /** Compares with every key, so that the time taken does not tell which one was nearly right. */
  #find(digest: Buffer): Client | undefined {
    let found: Client | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.digest, digest)) {
        found = known.client;
      }
    }
    return found;
  }

  #reload(): Promise<void> {
    this.#loading ??= this.load()
      .catch((err: unknown) => this.log.warn({ err }, "API keys could not be read again, the known ones stay valid"))
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
