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

interface UserRow extends Omit<User, "createdAt" | "updatedAt"> {
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = "id, email, name, attributes, version, created_at, updated_at";

const insert: Statement<UserRow> = {
  name: "insert-user",
  // A taken address is an expected answer, not an error of the database.
  text: `INSERT INTO users (email, name, attributes) VALUES ($1, $2, $3)
    ON CONFLICT (lower(email)) DO NOTHING RETURNING ${columns}`,
  repeatable: false,
  bounded: true,
};

const find: Statement<UserRow> = {
  name: "find-user",
  text: `SELECT ${columns} FROM users WHERE id = $1`,
  repeatable: true,
  bounded: true,
};

const page: Statement<UserRow> = {
  name: "page-of-users",
  text: `SELECT ${columns} FROM users WHERE id > $1 ORDER BY id LIMIT $2`,
  repeatable: true,
  bounded: false,
};

const pageByEmail: Statement<UserRow> = {
  name: "page-of-users-by-email",
  text: `SELECT ${columns} FROM users WHERE lower(email) = lower($3) AND id > $1 ORDER BY id LIMIT $2`,
  repeatable: true,
  bounded: false,
};

const remove: Statement<never> = {
  name: "delete-user",
  text: "DELETE FROM users WHERE id = $1",
  repeatable: true,
  bounded: false,
};

export type UserInput = Pick<User, "email" | "name" | "attributes">;

/** Returns undefined when another user has the email address. */
export async function createUser(database: Database, user: UserInput): Promise<User | undefined> {
  const { email, name, attributes } = user;
  const [row] = await database.run(insert, [email, name, JSON.stringify(attributes)]);
  return row && toUser(row);
}

export async function findUser(database: Database, id: string): Promise<User | undefined> {
  const [row] = await database.run(find, [id]);
  return row && toUser(row);
}

/** The users whose ids come after `after`, in the order of their ids, which is the order they were created in. */
export async function listUsers(database: Database, after: string, limit: number, email?: string): Promise<User[]> {
  const rows = email === undefined
    ? await database.run(page, [after, limit])
    : await database.run(pageByEmail, [after, limit, email]);
  return rows.map(toUser);
}

/** Deletes the user's documents too. A user who is already gone is as good as deleted. */
export async function deleteUser(database: Database, id: string): Promise<void> {
  await database.run(remove, [id]);
}

function toUser({ created_at, updated_at, ...row }: UserRow): User {
  return { ...row, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() };
}
