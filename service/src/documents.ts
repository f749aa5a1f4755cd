import { versionsOf, type Condition } from "./conditions.ts";
import { boolean, integer, text, timestamp, type Columns } from "./database/columns.ts";
import type { Database } from "./database/database.ts";
import type { Statement } from "./database/statement.ts";

/** A document without its value. */
export interface DocumentEntry {
  readonly key: string;
  readonly version: number;
  readonly updatedAt: string;
}

/** What a statement found: a user without the document is not the same as no user. */
type Found = DocumentEntry | { [Name in keyof DocumentEntry]: null };

const columns: Columns<DocumentEntry> = { key: text, version: integer, updatedAt: timestamp };

/** Of one user. All go with the user in one statement, which must not take longer than statements may. */
export const MOST_DOCUMENTS = 1_000;

const put: Statement<Found & { created: boolean | null; room: boolean }> = {
  name: "put-document",
  // The lock keeps a user who is being deleted from losing the document to a foreign key error. Two that are stored at
  // the same moment may both find the last room: the limit is against thousands too many, and one more does no harm.
  text: `WITH owner AS (SELECT id FROM users WHERE id = $1 FOR KEY SHARE),
    place AS (
      SELECT EXISTS (SELECT FROM user_data WHERE user_id = $1 AND key = $2)
        OR NOT EXISTS (SELECT FROM user_data WHERE user_id = $1 OFFSET ${MOST_DOCUMENTS - 1}) AS room
    ),
    stored AS (
      INSERT INTO user_data AS d (user_id, key, value) SELECT id, $2, $3 FROM owner, place WHERE room
      ON CONFLICT (user_id, key) DO UPDATE
        SET value = excluded.value, version = nextval('user_data_version'), updated_at = now()
        WHERE d.version <> ALL ($4::bigint[])
      RETURNING d.key, d.version, d.updated_at AS "updatedAt", old.key IS NULL AS created
    )
    SELECT stored.*, room FROM owner CROSS JOIN place LEFT JOIN stored ON true`,
  columns: { ...columns, created: boolean, room: boolean },
  repeatable: false,
  bounded: true,
};

const replace: Statement<Found> = {
  name: "replace-document",
  // Not an insert: under If-Match a document that is deleted at the same moment must not come back.
  text: `WITH replaced AS (
      UPDATE user_data SET value = $3, version = nextval('user_data_version'), updated_at = now()
      WHERE user_id = $1 AND key = $2 AND ($4::bigint[] IS NULL OR version = ANY ($4)) AND version <> ALL ($5::bigint[])
      RETURNING key, version, updated_at AS "updatedAt"
    )
    SELECT replaced.* FROM users LEFT JOIN replaced ON true WHERE id = $1`,
  columns,
  repeatable: false,
  bounded: true,
};

const find: Statement<{ value: string; version: number }> = {
  name: "find-document",
  // As text: the value goes to the client as it is, without being parsed and written again.
  text: "SELECT value::text, version FROM user_data WHERE user_id = $1 AND key = $2",
  columns: { value: text, version: integer },
  repeatable: true,
  bounded: true,
};

const page: Statement<Found> = {
  name: "page-of-documents",
  // One row with nulls for a user without documents, none when there is no such user.
  text: `SELECT d.key, d.version, d.updated_at AS "updatedAt" FROM users u
    LEFT JOIN LATERAL (
      SELECT key, version, updated_at FROM user_data WHERE user_id = u.id AND key > $2 ORDER BY key LIMIT $3
    ) d ON true
    WHERE u.id = $1 ORDER BY d.key`,
  columns,
  repeatable: true,
  bounded: false,
};

const remove: Statement<object> = {
  name: "delete-document",
  text: "DELETE FROM user_data WHERE user_id = $1 AND key = $2",
  columns: {},
  repeatable: true,
  bounded: true,
};

const removeVersion: Statement<{ key: string }> = {
  name: "delete-version-of-document",
  text: `DELETE FROM user_data WHERE user_id = $1 AND key = $2 AND ($3::bigint[] IS NULL OR version = ANY ($3))
    RETURNING key`,
  columns: { key: text },
  // The second time it would say that the version has changed.
  repeatable: false,
  bounded: true,
};

interface PutConditions {
  readonly ifMatch: Condition | undefined;
  readonly ifNoneMatch: Condition | undefined;
}

type Put = { readonly entry: DocumentEntry; readonly created: boolean } | "no-user" | "no-room" | "condition-failed";

/** `value` is JSON. The conditions are checked by the statement that writes, so that none can change in between. */
export async function putDocument(
  database: Database, userId: string, key: string, value: string, { ifMatch, ifNoneMatch = [] }: PutConditions,
): Promise<Put> {
  // `<> ALL (NULL)` holds for no version, as `*` wants.
  const except = versionsOf(ifNoneMatch);
  const [row] = ifMatch === undefined
    ? await database.run(put, [userId, key, value, except])
    : await database.run(replace, [userId, key, value, versionsOf(ifMatch), except]);
  if (row === undefined) {
    return "no-user";
  }
  if (row.key === null) {
    return "room" in row && !row.room ? "no-room" : "condition-failed";
  }
  const { version, updatedAt } = row;
  return { entry: { key, version, updatedAt }, created: "created" in row && row.created === true };
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
  return rows.length === 0 ? undefined : rows.filter((row) => row.key !== null);
}

/** Returns false when the condition does not hold; a document that is gone has no version that could match. */
export async function deleteDocument(
  database: Database, userId: string, key: string, ifMatch: Condition | undefined,
): Promise<boolean> {
  if (ifMatch === undefined) {
    await database.run(remove, [userId, key]);
    return true;
  }
  return (await database.run(removeVersion, [userId, key, versionsOf(ifMatch)])).length > 0;
}
