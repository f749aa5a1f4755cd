import type { Database } from "./database/database.ts";
import type { Statement } from "./database/statement.ts";

/** A document without its value. */
export interface DocumentEntry {
  readonly key: string;
  readonly version: number;
  readonly updatedAt: string;
}

interface EntryRow {
  readonly key: string;
  readonly version: number;
  readonly updated_at: Date;
}

const put: Statement<EntryRow> = {
  name: "put-document",
  // The lock keeps a user who is being deleted from losing the document to a foreign key error.
  text: `INSERT INTO user_data AS d (user_id, key, value)
    SELECT id, $2, $3 FROM users WHERE id = $1 FOR KEY SHARE
    ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value, version = d.version + 1, updated_at = now()
    RETURNING d.key, d.version, d.updated_at`,
  repeatable: false,
  bounded: true,
};

const find: Statement<{ value: string; version: number }> = {
  name: "find-document",
  // As text: the value goes to the client as it is, without being parsed and written again.
  text: "SELECT value::text, version FROM user_data WHERE user_id = $1 AND key = $2",
  repeatable: true,
  bounded: true,
};

const page: Statement<EntryRow | { key: null }> = {
  name: "page-of-documents",
  // One row with nulls for a user without documents, none when there is no such user.
  text: `SELECT d.key, d.version, d.updated_at FROM users u
    LEFT JOIN LATERAL (
      SELECT key, version, updated_at FROM user_data WHERE user_id = u.id AND key > $2 ORDER BY key LIMIT $3
    ) d ON true
    WHERE u.id = $1 ORDER BY d.key`,
  repeatable: true,
  bounded: false,
};

const remove: Statement<never> = {
  name: "delete-document",
  text: "DELETE FROM user_data WHERE user_id = $1 AND key = $2",
  repeatable: true,
  bounded: true,
};

/** Returns undefined when there is no such user. `value` is JSON. */
export async function putDocument(
  database: Database, userId: string, key: string, value: string,
): Promise<DocumentEntry | undefined> {
  const [row] = await database.run(put, [userId, key, value]);
  return row && toEntry(row);
}

export async function findDocument(
  database: Database, userId: string, key: string,
): Promise<{ value: string; version: number } | undefined> {
  const [row] = await database.run(find, [userId, key]);
  return row;
}

/** The documents whose keys come after `after`, in the order of their keys; undefined when there is no such user. */
export async function listDocuments(
  database: Database, userId: string, after: string, limit: number,
): Promise<DocumentEntry[] | undefined> {
  const rows = await database.run(page, [userId, after, limit]);
  return rows.length === 0 ? undefined : rows.filter((row) => row.key !== null).map(toEntry);
}

export async function deleteDocument(database: Database, userId: string, key: string): Promise<void> {
  await database.run(remove, [userId, key]);
}

function toEntry({ key, version, updated_at }: EntryRow): DocumentEntry {
  return { key, version, updatedAt: updated_at.toISOString() };
}
