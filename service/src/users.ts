import pg from "pg";

import { versionsOf, type Condition } from "./conditions.ts";
import { boolean, integer, json, text, timestamp, type Columns } from "./database/columns.ts";
import type { Database } from "./database/database.ts";
import type { Statement } from "./database/statement.ts";

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const columns: Columns<User> = {
  id: text, email: text, name: text, attributes: json(), version: integer, createdAt: timestamp, updatedAt: timestamp,
};
const selected = "id, email, name, attributes, version, created_at AS \"createdAt\", updated_at AS \"updatedAt\"";

const insert: Statement<User> = {
  name: "insert-user",
  // A taken address is an expected answer, not an error of the database.
  text: `INSERT INTO users (email, name, attributes) VALUES ($1, $2, $3)
    ON CONFLICT (lower(email)) DO NOTHING RETURNING ${selected}`,
  columns,
  repeatable: false,
  bounded: true,
};

const find: Statement<User> = {
  name: "find-user",
  text: `SELECT ${selected} FROM users WHERE id = $1`,
  columns,
  repeatable: true,
  bounded: true,
};

const page: Statement<User> = {
  name: "page-of-users",
  text: `SELECT ${selected} FROM users WHERE id > $1 ORDER BY id LIMIT $2`,
  columns,
  repeatable: true,
  bounded: false,
};

const pageByEmail: Statement<User> = {
  name: "page-of-users-by-email",
  text: `SELECT ${selected} FROM users WHERE lower(email) = lower($3) AND id > $1 ORDER BY id LIMIT $2`,
  columns,
  repeatable: true,
  bounded: false,
};

const update: Statement<{ taken: boolean } & (User | { [Name in keyof User]: null })> = {
  name: "update-user",
  // One row, whatever happens: the user as changed, or nulls and why.
  text: `WITH taken AS (SELECT FROM users WHERE lower(email) = lower($3) AND id <> $1),
    updated AS (
      UPDATE users SET email = $3, name = $4, attributes = $5, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = $2 AND NOT EXISTS (SELECT FROM taken) RETURNING ${selected}
    )
    SELECT EXISTS (SELECT FROM taken) AS taken, updated.* FROM (SELECT) AS one LEFT JOIN updated ON true`,
  columns: { taken: boolean, ...columns },
  repeatable: false,
  bounded: true,
};

const remove: Statement<object> = {
  name: "delete-user",
  text: "DELETE FROM users WHERE id = $1",
  columns: {},
  repeatable: true,
  bounded: false,
};

const removeVersion: Statement<{ id: string }> = {
  name: "delete-version-of-user",
  text: "DELETE FROM users WHERE id = $1 AND ($2::bigint[] IS NULL OR version = ANY ($2)) RETURNING id",
  columns: { id: text },
  // The second time it would say that the version has changed.
  repeatable: false,
  bounded: false,
};

export type UserInput = Pick<User, "email" | "name" | "attributes">;

/** Returns undefined when another user has the email address. */
export async function createUser(database: Pick<Database, "run">, user: UserInput): Promise<User | undefined> {
  const { email, name, attributes } = user;
  const [row] = await database.run(insert, [email, name, JSON.stringify(attributes)]);
  return row;
}

export async function findUser(database: Database, id: string): Promise<User | undefined> {
  const [row] = await database.run(find, [id]);
  return row;
}

/** The users whose ids come after `after`, in the order of their ids, which is the order they were created in. */
export async function listUsers(database: Database, after: string, limit: number, email?: string): Promise<User[]> {
  return email === undefined
    ? await database.run(page, [after, limit])
    : await database.run(pageByEmail, [after, limit, email]);
}

/** Changes the user only in the version given, so that no change in between is lost; "stale" when it has another. */
export async function updateUser(
  database: Database, id: string, version: number, { email, name, attributes }: UserInput,
): Promise<User | "email-taken" | "stale"> {
  try {
    const [row] = await database.run(update, [id, version, email, name, JSON.stringify(attributes)]);
    if (row === undefined || row.id === null) {
      return row?.taken === true ? "email-taken" : "stale";
    }
    return row;
  } catch (error) {
    // Another user took the address between this statement's look and its write.
    if (error instanceof pg.DatabaseError && error.constraint === "users_email") {
      return "email-taken";
    }
    throw error;
  }
}

/** Deletes the user's documents too. Returns false when the condition does not hold, as for a user who is gone. */
export async function deleteUser(database: Database, id: string, ifMatch: Condition | undefined): Promise<boolean> {
  if (ifMatch === undefined) {
    await database.run(remove, [id]);
    return true;
  }
  return (await database.run(removeVersion, [id, versionsOf(ifMatch)])).length > 0;
}
