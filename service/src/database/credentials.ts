import type { FastifyBaseLogger } from "fastify";
import { Type, type Static } from "typebox";

import type { Secrets, StoredVersion } from "../secrets.ts";

/** What the secret of a database role holds. RDS writes its managed master secret in the same form. */
export const Credentials = Type.Object({
  username: Type.String({ minLength: 1 }),
  password: Type.String({ minLength: 1 }),
});
export type Credentials = Readonly<Static<typeof Credentials>>;

/** A burst of refused connections must not become a burst of calls to Secrets Manager. */
const MINIMUM_INTERVAL_MILLISECONDS = 1_000;

/**
 * The credentials for the next connection to the database. ECS would inject a secret only once, at the start of a task;
 * reading it here lets a rotation pass without a deployment.
 */
export class CredentialSource {
  #version: StoredVersion<Credentials> | undefined;
  #refreshing: Promise<void> | undefined;
  #readAt = -Infinity;

  constructor(
    private readonly secrets: Secrets,
    private readonly arn: string,
    private readonly log: FastifyBaseLogger,
    private readonly now = () => performance.now(),
  ) {}

  get current(): Credentials | undefined {
    return this.#version?.value;
  }

  /**
   * For how long the password has been this one; undefined before it is read. No connection lives longer than half an
   * hour, so that much later than the database this knows of another password at most.
   */
  get ageSeconds(): number | undefined {
    const createdAt = this.#version?.createdAt;
    return createdAt && Math.max(0, Math.round((Date.now() - createdAt.getTime()) / 1_000));
  }

  async load(): Promise<void> {
    this.#readAt = this.now();
    this.#version = await this.secrets.readVersion(Credentials, this.arn);
  }

  /** The database refused these credentials. Looks for others, once for all callers that were refused together. */
  async replace(refused: Credentials): Promise<void> {
    if (!same(this.current, refused)) {
      return;
    }
    const idle = this.now() - this.#readAt >= MINIMUM_INTERVAL_MILLISECONDS;
    if (this.#refreshing === undefined && idle) {
      this.#refreshing = this.#refresh(refused).finally(() => {
        this.#refreshing = undefined;
      });
    }
    await this.#refreshing;
  }

  async #refresh(refused: Credentials): Promise<void> {
    this.#readAt = this.now();
    try {
      const current = await this.secrets.readVersion(Credentials, this.arn);
      // During a rotation the database may already want the password that is still at AWSPENDING.
      const next = same(current.value, refused)
        ? await this.secrets.findVersion(Credentials, this.arn, "AWSPENDING") : current;
      if (next !== undefined && !same(next.value, refused)) {
        this.#version = next;
        this.log.info("database refused the credentials, using the newly read ones");
      }
    } catch (err) {
      this.log.warn({ err }, "database credentials could not be read again");
    }
  }
}

function same(left: Credentials | undefined, right: Credentials): boolean {
  return left?.username === right.username && left.password === right.password;
}
