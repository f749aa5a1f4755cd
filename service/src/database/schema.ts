import { readdirSync } from "node:fs";
import { basename } from "node:path";

import pg from "pg";

import { text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Statement } from "./statement.ts";

/** Beside the program in the image, and beside `src` in the repository: relative to the working directory in both. */
export const MIGRATIONS_DIRECTORY = "migrations";
export const MIGRATIONS_TABLE = "pgmigrations";

export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** The names of the migrations this version comes with. */
export function ownMigrations(): string[] {
  return readdirSync(MIGRATIONS_DIRECTORY).filter((file) => file.endsWith(".sql")).map((file) => basename(file, ".sql")).sort();
}

const appliedMigrations: Statement<{ name: string }> = {
  name: "applied-migrations",
  text: `SELECT name FROM ${MIGRATIONS_TABLE}`,
  columns: { name: text },
  repeatable: true,
  bounded: false,
};

/** Throws when the database lacks a migration of this version. One that it has beyond them is a later version's. */
export async function requireSchema(database: Database): Promise<void> {
  const applied = new Set((await readApplied(database)).map(({ name }) => name));
  const missing = ownMigrations().filter((name) => !applied.has(name));
  if (missing.length > 0) {
    throw new SchemaError(`the database is older than this version: it lacks ${missing.join(", ")};`
      + " run the migration of this version first");
  }
}

async function readApplied(database: Database): Promise<{ name: string }[]> {
  try {
    return await database.run(appliedMigrations, []);
  } catch (error) {
    const undefinedTable = "42P01";
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) {
      return [];
    }
    throw error;
  }
}
