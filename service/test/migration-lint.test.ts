import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Statements that a release which still runs, or a table in use, does not survive, and the rules that say so. */
const refused: Readonly<Record<string, readonly string[]>> = {
  "DROP TABLE users;": ["ban-drop-table"],
  "DROP DATABASE accounts;": ["ban-drop-database"],
  "DROP SCHEMA public;": ["ban-drop-schema"],
  "DROP INDEX users_email;": ["ban-drop-index"],
  "DROP TRIGGER t ON users;": ["ban-drop-trigger"],
  "DROP FUNCTION f;": ["ban-drop-function"],
  "DROP VIEW v;": ["ban-drop-view"],
  "DROP TYPE t;": ["ban-drop-type"],
  "DROP SEQUENCE s;": ["ban-drop-sequence"],
  "DROP EXTENSION e;": ["ban-drop-extension"],
  "DROP ROLE accounts_service;": ["ban-drop-role"],
  "DROP OWNED BY accounts_service;": ["ban-drop-owned"],
  "ALTER TABLE users DROP COLUMN name;": ["ban-drop-column"],
  "ALTER TABLE users DROP CONSTRAINT users_email_check;": ["ban-drop-constraint"],
  "ALTER TABLE users ALTER COLUMN version DROP DEFAULT;": ["ban-drop-default"],
  "ALTER TABLE users ALTER COLUMN name DROP NOT NULL;": ["ban-drop-not-null"],
  "ALTER TABLE users ALTER COLUMN name SET NOT NULL;": ["adding-not-nullable-field"],
  "ALTER TABLE users ALTER COLUMN version TYPE bigint;": ["changing-column-type"],
  "ALTER TABLE users ADD COLUMN c text NOT NULL;": ["adding-required-field"],
  "ALTER TABLE users ADD COLUMN c float8 NOT NULL DEFAULT random();": ["adding-field-with-default"],
  "ALTER TABLE users ADD CONSTRAINT c CHECK (length(name) < 5) NOT VALID;": ["ban-add-constraint"],
  "ALTER TABLE users ADD CONSTRAINT c UNIQUE (name);":
    ["ban-add-constraint", "constraint-missing-not-valid", "disallowed-unique-constraint"],
  "ALTER TABLE users ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES accounts (id);":
    ["adding-foreign-key-constraint", "ban-add-constraint", "constraint-missing-not-valid"],
  "ALTER TABLE users RENAME TO accounts;": ["renaming-table"],
  "ALTER TABLE users RENAME COLUMN name TO label;": ["renaming-column"],
  "ALTER TABLE users RENAME CONSTRAINT users_pkey TO key;": ["ban-rename-constraint"],
  "ALTER INDEX users_email RENAME TO email;": ["ban-alter-index"],
  "ALTER TABLE users SET SCHEMA other;": ["ban-set-schema"],
  "ALTER TABLE users OWNER TO other;": ["ban-owner-to"],
  "ALTER TABLE users ENABLE ROW LEVEL SECURITY;": ["ban-enable-rls"],
  "ALTER TABLE users SET UNLOGGED;": ["ban-set-unlogged"],
  "ALTER TYPE t RENAME VALUE 'a' TO 'b';": ["ban-alter-type"],
  "ALTER ROLE accounts_service NOLOGIN;": ["ban-alter-role"],
  "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM accounts_service;": ["ban-alter-default-privileges"],
  "REVOKE SELECT ON users FROM accounts_service;": ["ban-revoke"],
  "TRUNCATE users;": ["ban-truncate"],
  "TRUNCATE users CASCADE;": ["ban-truncate", "ban-truncate-cascade"],
  "DELETE FROM users;": ["ban-delete"],
  "DELETE FROM users WHERE name = 'A';": ["ban-delete"],
  "UPDATE users SET name = 'A';": ["ban-update"],
  "UPDATE users SET name = 'A' WHERE name = 'B';": ["ban-update"],
  "MERGE INTO users USING other ON users.id = other.id WHEN MATCHED THEN DELETE;": ["ban-merge"],
  "WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO other SELECT * FROM gone;": ["ban-delete"],
  "SELECT remove_users();": ["ban-select"],
  "DO $$ BEGIN DROP TABLE users; END $$;": ["ban-do"],
  "CALL remove_users();": ["ban-call"],
  "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';": ["ban-or-replace"],
  "CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();": ["ban-create-trigger"],
  "CREATE RULE r AS ON INSERT TO users DO INSTEAD NOTHING;": ["ban-create-rule"],
  "CREATE INDEX users_name ON users (name);": ["require-concurrent-index-creation"],
  "REINDEX TABLE users;": ["ban-reindex", "require-concurrent-reindex"],
  "CLUSTER users;": ["ban-cluster"],
  "VACUUM FULL users;": ["ban-vacuum"],
  "LOCK TABLE users;": ["ban-lock"],
  "SET lock_timeout = '10min';": ["ban-set"],
  "COMMIT;": ["ban-commit", "transaction-nesting"],
  "DROP TABEL users;": ["syntax-error"],
};

const additive = [
  "CREATE TABLE later (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE);",
  "CREATE TABLE later (id uuid PRIMARY KEY, at timestamptz NOT NULL); CREATE INDEX later_at ON later (at);",
  "ALTER TABLE users ADD COLUMN label text, ADD COLUMN kind text NOT NULL DEFAULT 'person';",
  "ALTER TABLE users ALTER COLUMN version SET DEFAULT 1;",
  "ALTER TABLE users VALIDATE CONSTRAINT users_label;",
  "CREATE VIEW v AS SELECT id FROM users;",
  "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
  "GRANT SELECT ON users TO accounts_service;",
  "COMMENT ON TABLE users IS 'drop table users; -- squawk says nothing of this';",
  "INSERT INTO kinds (name) VALUES ('person');",
  "-- DROP TABLE users;",
];

describe("the lint of migrations", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-lint-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Returns the exit code and, by the statement, the rules that were broken. */
  const lint = (statements: readonly string[], fileOf = (statement: string) => `${statement}\n`) => {
    const nameOf = (index: number) => `${String(index).padStart(4, "0")}.sql`;
    statements.forEach((statement, index) => writeFileSync(join(folder, nameOf(index)), fileOf(statement)));
    const { stdout, stderr, status } = spawnSync(process.execPath, ["lint-migrations.ts", folder], { encoding: "utf8" });
    const found = [...stdout.matchAll(/^(\d+\.sql):\d+: ([a-z-]+): /gm)];
    const rulesOf = (file: string) =>
      [...new Set(found.filter(([, name]) => name === file).map(([, , rule]) => rule))].sort();
    const rules = statements.map((statement, index) => [statement, rulesOf(nameOf(index))] as const);
    return { status, stdout, stderr, broken: Object.fromEntries(rules.filter(([, names]) => names.length > 0)) };
  };

  it("lets the migrations of this version pass", () => {
    const { stdout, status } = spawnSync(process.execPath, ["lint-migrations.ts"], { encoding: "utf8" });
    assert.deepEqual([stdout, status], ["", 0]);
  });

  it("refuses each statement that takes something away or holds a lock, by name", () => {
    const { broken, status } = lint(Object.keys(refused));
    assert.deepEqual(broken, refused);
    assert.equal(status, 1);
  });

  it("lets each of them pass with a written exception", () => {
    const { broken, status } = lint(Object.keys(refused).filter((statement) => refused[statement]?.[0] !== "syntax-error"),
      (statement) => `-- The table is empty everywhere.\n-- squawk-ignore ${refused[statement]?.join(", ")}\n${statement}\n`);
    assert.deepEqual(broken, {});
    assert.equal(status, 0);
  });

  it("refuses an exception without a reason, in another form, for a whole file, or from a rule that does not apply", () => {
    const exceptions = {
      "-- squawk-ignore ban-drop-table\nDROP TABLE users;": ["exception-without-reason"],
      "-- why\n-- squawk-ignore ban-drop-table\nDROP TABLE users;": ["exception-without-reason"],
      "-- The table is empty everywhere.\nDROP TABLE users; -- squawk-ignore ban-drop-table": ["exception-without-reason"],
      "-- The table is empty everywhere.\n/* squawk-ignore ban-drop-table */\nDROP TABLE users;": ["exception-without-reason"],
      "-- The table is empty everywhere.\n-- squawk-ignore-file\nDROP TABLE users;": ["exception-without-reason"],
      "-- The table is empty everywhere.\n-- squawk-ignore ban-drop-view\nDROP TABLE users;": ["ban-drop-table", "unused-ignore"],
      "-- The table is empty everywhere.\n-- squawk-ignore ban-revoke\n\nREVOKE SELECT ON users FROM x;": ["ban-revoke", "unused-ignore"],
    };
    assert.deepEqual(lint(Object.keys(exceptions)).broken, exceptions);
  });

  it("lets pass what only adds, and what only looks like more", () => {
    const { broken, status } = lint(additive);
    assert.deepEqual(broken, {});
    assert.equal(status, 0);
  });

  it("names the file, the line and what stands there", () => {
    const { stdout } = lint(["-- ü\nALTER TABLE users\n  ADD COLUMN label text,\n  DROP CONSTRAINT c;"]);
    assert.equal(stdout, "0000.sql:4: ban-drop-constraint: not known to be safe for the release that still runs,"
      + " or for tables in use: \"DROP CONSTRAINT c;\"\n");
  });
});
