import { createHash } from "node:crypto";

import pg from "pg";

import { boolean, json, text } from "./database/columns.ts";
import type { Database } from "./database/database.ts";
import type { Run, Statement } from "./database/statement.ts";
import { createUser, type User, type UserInput } from "./users.ts";

/** How long a key belongs to its first request. */
const LIFETIME = "24 hours";

const claim: Statement<{ key: string }> = {
  name: "claim-idempotency-key",
  // A key that has expired is as good as one that was never used.
  text: `INSERT INTO idempotency_keys AS k (principal, key, request_hash) VALUES ($1, $2, $3)
    ON CONFLICT (principal, key) DO UPDATE
      SET request_hash = excluded.request_hash, status = NULL, response = NULL, created_at = now()
      WHERE k.created_at < now() - interval '${LIFETIME}'
    RETURNING key`,
  columns: { key: text },
  repeatable: false,
  bounded: false,
};

const recall: Statement<{ same: boolean; response: User | null }> = {
  name: "recall-idempotency-key",
  text: "SELECT request_hash = $3 AS same, response FROM idempotency_keys WHERE principal = $1 AND key = $2",
  columns: { same: boolean, response: json() },
  repeatable: true,
  bounded: false,
};

const settle: Statement<object> = {
  name: "settle-idempotency-key",
  text: "UPDATE idempotency_keys SET status = $3, response = $4 WHERE principal = $1 AND key = $2",
  columns: {},
  repeatable: false,
  bounded: false,
};

const purge: Statement<{ key: string }> = {
  name: "purge-idempotency-keys",
  // Locked rows are being taken over by a request, or purged by another task.
  text: `DELETE FROM idempotency_keys WHERE (principal, key) IN (
      SELECT principal, key FROM idempotency_keys WHERE created_at < now() - interval '${LIFETIME}'
      ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
    ) RETURNING key`,
  columns: { key: text },
  repeatable: true,
  bounded: false,
};

/** A key, in the hands of one client: another client's equal key is another key. */
export interface IdempotencyKey {
  readonly principal: string;
  readonly key: string;
}

/** `email-taken` is an answer like any other: it stays the same under its key. */
export type Creation = User | "email-taken" | "key-reused" | "in-progress";

/** Thrown to leave the transaction, which can do nothing more after a lock that did not come. */
class InProgressError extends Error {
  override readonly name = "InProgressError";
}

/** Creates a user once for each key, and answers a repeated request as it did the first time. */
export async function createUserOnce(database: Database, owner: IdempotencyKey, user: UserInput): Promise<Creation> {
  const place = [owner.principal, owner.key];
  const hash = createHash("sha256").update(JSON.stringify([user.email, user.name, user.attributes])).digest();
  try {
    return await database.transaction("create-user-once", async (run) => {
      const [claimed] = await claimOrWait(run, [...place, hash]);
      if (claimed === undefined) {
        return await answerAgain(run, [...place, hash]);
      }
      const created = await createUser({ run }, user);
      await run(settle, [...place, ...created === undefined ? [409, null] : [201, JSON.stringify(created)]]);
      return created ?? "email-taken";
    });
  } catch (error) {
    if (error instanceof InProgressError) {
      return "in-progress";
    }
    throw error;
  }
}

/** Deletes up to `limit` keys that have expired. Returns how many there were. */
export async function purgeIdempotencyKeys(database: Database, limit: number): Promise<number> {
  return (await database.run(purge, [limit])).length;
}

/** Waits for another request with the key, which ends with a claimed key or without one. */
async function claimOrWait(run: Run, values: readonly unknown[]): Promise<{ key: string }[]> {
  try {
    return await run(claim, values);
  } catch (error) {
    const lockNotAvailable = "55P03";
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) {
      throw new InProgressError("another request holds the idempotency key", { cause: error });
    }
    throw error;
  }
}

async function answerAgain(run: Run, values: readonly unknown[]): Promise<Creation> {
  const [stored] = await run(recall, values);
  if (stored === undefined) {
    // It expired, and was purged, since the claim found it.
    return "in-progress";
  }
  return stored.same ? stored.response ?? "email-taken" : "key-reused";
}
