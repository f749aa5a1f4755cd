import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type pg from "pg";

import { MIGRATIONS_DIRECTORY, MIGRATIONS_TABLE, ownMigrations, SchemaError } from "../database/schema.ts";

/** Not made by a migration: the check has to be there before the first one, and on databases from before the check. */
const FILES_TABLE = "migration_files";

/**
 * Throws when the file of an applied migration is not what was applied: it is never read again, so that databases made
 * before and after the change would differ. Files seen for the first time are taken as they are.
 */
export async function requireUnchanged(master: pg.Client): Promise<void> {
  await master.query(`CREATE TABLE IF NOT EXISTS ${FILES_TABLE} (name text PRIMARY KEY, sha256 text NOT NULL)`);
  const appliedOn = await readApplied(master);
  const { rows } = await master.query<{ name: string; sha256: string }>(`SELECT name, sha256 FROM ${FILES_TABLE}`);
  const recorded = new Map(rows.map(({ name, sha256 }) => [name, sha256]));

  for (const name of ownMigrations()) {
    const sha256 = hashOf(readFileSync(join(MIGRATIONS_DIRECTORY, `${name}.sql`), "utf8"));
    const before = recorded.get(name);
    const on = appliedOn.get(name);
    if (on !== undefined && before !== undefined && before !== sha256) {
      throw new SchemaError(`migration ${name} was changed after it was applied on ${on}; restore its file as it was then,`
        + " and put the change into a new migration");
    }
    // Also before it is applied: a run that is stopped right after it was applied must not lose what was applied.
    await master.query(
      `INSERT INTO ${FILES_TABLE} (name, sha256) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256`,
      [name, sha256]);
  }
}

/** The days on which migrations were applied, by their names. */
async function readApplied(master: pg.Client): Promise<Map<string, string>> {
  const { rows: [table] } = await master.query<{ there: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS there", [MIGRATIONS_TABLE]);
  if (table?.there !== true) {
    return new Map();
  }
  const { rows } = await master.query<{ name: string; day: string }>(
    `SELECT name, to_char(run_on, 'YYYY-MM-DD') AS day FROM ${MIGRATIONS_TABLE}`);
  return new Map(rows.map(({ name, day }) => [name, day]));
}

/** The same for both line endings: git may change them on a checkout. */
export function hashOf(sql: string): string {
  return createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
}
