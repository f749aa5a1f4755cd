import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AwsError, startAwsJson } from "../../offline/stand-ins/aws-json.ts";
import { createLog } from "../src/log.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { buildService, Program, type Build } from "./support/process.ts";
import { startService } from "./support/service.ts";

describe("the migration", () => {
  let environment: TestEnvironment;

  beforeEach(async () => {
    environment = await startEnvironment();
  });
  afterEach(() => environment.stop());

  const writes = () => environment.secrets.calls.filter(({ operation }) => operation === "secretsmanager.PutSecretValue").length;
  const credentials = () => environment.readSecret<Credentials>(arns.database);
  const canLogIn = async () => (await environment.query("SELECT 1 AS one", await credentials())).length === 1;
  const verifier = async () => (await environment.queryAsSuperuser<{ rolpassword: string }>(
    "SELECT rolpassword FROM pg_authid WHERE rolname = 'accounts_service'"))[0]?.rolpassword;
  const messages = async (run: (log: ReturnType<typeof createLog>) => Promise<void>): Promise<string[]> => {
    const lines: string[] = [];
    await run(createLog("test", "info", { write: (line) => void lines.push(JSON.parse(line).msg) }));
    return lines;
  };

  it("fills the secrets: a login that works, and two clients with keys of 32 random bytes", async () => {
    await environment.migrate();

    const { username, password } = await credentials();
    assert.equal(username, "accounts_service");
    assert.match(password, /^[\w-]{43}$/);
    assert.ok(await canLogIn());
    const { clients } = await environment.readSecret<{ clients: Record<string, { current: string }> }>(arns.apiKeys);
    const keys = ["default", "smoke"].map((client) => clients[client]!.current);
    keys.forEach((key) => assert.match(key, /^[\w-]{43}$/));
    assert.notEqual(keys[0], keys[1]);
    assert.deepEqual(clients, {
      default: { scopes: ["read", "write"], current: keys[0], previous: null },
      smoke: { scopes: ["read"], current: keys[1], previous: null },
    });
  });

  it("gives the service's role no more than it needs", async () => {
    await environment.migrate();
    const role = await credentials();
    const [attributes] = await environment.queryAsSuperuser(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
         (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships,
         (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned
       FROM pg_roles r WHERE rolname = 'accounts_service'`);
    assert.deepEqual(attributes, {
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      memberships: 0,
      owned: 0,
    });

    await environment.query("SELECT id FROM users; SELECT key FROM user_data; SELECT key FROM idempotency_keys", role);
    const refused = [
      "CREATE TABLE t (i int)", "CREATE TEMP TABLE t (i int)", "CREATE SCHEMA s", "DROP TABLE users", "TRUNCATE users",
      "ALTER TABLE users ADD COLUMN c int", "INSERT INTO pgmigrations (name, run_on) VALUES ('x', now())", "CREATE ROLE r",
    ];
    for (const sql of refused) {
      await assert.rejects(environment.query(sql, role), /permission denied|must be owner/, sql);
    }
  });

  it("waits for the right to read the master's secret, which IAM may give a moment late", async () => {
    let denials = 2;
    const late = await startAwsJson({
      "secretsmanager.GetSecretValue": (input: { SecretId: string }, caller: string) => {
        if (input.SecretId === arns.master && denials > 0) {
          denials -= 1;
          throw new AwsError("AccessDeniedException", "not authorized to perform: secretsmanager:GetSecretValue");
        }
        return environment.secrets.call("secretsmanager.GetSecretValue", input, caller);
      },
      "secretsmanager.DescribeSecret": (input: object, caller: string) =>
        environment.secrets.call("secretsmanager.DescribeSecret", input, caller),
      "secretsmanager.PutSecretValue": (input: object, caller: string) =>
        environment.secrets.call("secretsmanager.PutSecretValue", input, caller),
    });
    process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = late.url;
    try {
      await assert.rejects(environment.migrate({ patienceSeconds: 0 }), { name: "AccessDeniedException" });
      await environment.migrate({ patienceSeconds: 10 });
    } finally {
      await late.stop();
    }
    assert.equal(denials, 0);
    assert.ok(await canLogIn());
  });

  it("changes nothing the second time, and says so", async () => {
    await environment.migrate();
    const before = [writes(), await verifier()];
    const lines = await messages((log) => environment.migrate({ log }));

    assert.deepEqual([writes(), await verifier()], before);
    assert.deepEqual(lines, ["the schema is up to date"]);
  });

  it("lets one of several at once do the work, while the others wait and find it done", async () => {
    const lines = await messages(async (log) => {
      await Promise.all([environment.migrate({ log }), environment.migrate({ log }), environment.migrate({ log })]);
    });

    assert.equal(writes(), 2);
    assert.ok(await canLogIn());
    assert.equal(lines.filter((line) => line === "migration 0001_users applied").length, 1);
    assert.equal(lines.filter((line) => line === "another migration or rotation is running, waiting for it").length, 2);
    assert.equal(lines.filter((line) => line === "the schema is up to date").length, 2);
  });

  describe("repairs a run that stopped", () => {
    it("after the secret was written and before the role was made", async () => {
      await environment.putSecret(arns.database, { username: "accounts_service", password: "written before the stop" });
      await environment.migrate();

      assert.equal((await credentials()).password, "written before the stop");
      assert.ok(await canLogIn());
    });

    it("after the role was made, with a secret that is still empty", async () => {
      await environment.query("CREATE ROLE accounts_service LOGIN PASSWORD 'lost'");
      await environment.migrate();
      assert.ok(await canLogIn());
    });

    it("after the secret was written and before the role had its password", async () => {
      await environment.migrate();
      await environment.query("ALTER ROLE accounts_service PASSWORD 'another' NOLOGIN");
      await environment.migrate();
      assert.ok(await canLogIn());
    });

    it("after the schema was made and before the API keys were", async () => {
      const apiKeysOfNobody = `${arns.apiKeys}-of-nobody`;
      await assert.rejects(environment.migrate({ variables: { API_KEYS_SECRET_ARN: apiKeysOfNobody } }), /can't find/);
      assert.deepEqual(await environment.query("SELECT name FROM pgmigrations"), [{ name: "0001_users" }]);

      await environment.migrate();
      const { clients } = await environment.readSecret<{ clients: object }>(arns.apiKeys);
      assert.deepEqual(Object.keys(clients), ["default", "smoke"]);
    });
  });

  it("that fails leaves the schema as it was, and can be run again", async () => {
    await environment.query("CREATE TABLE user_data (in_the_way int)");
    await assert.rejects(environment.migrate(), /relation "user_data" already exists/);
    const tables = await environment.query<{ tablename: string }>("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    assert.deepEqual(tables.map(({ tablename }) => tablename), ["migration_files", "pgmigrations", "user_data"]);
    assert.deepEqual(await environment.query("SELECT name FROM pgmigrations"), []);

    await environment.query("DROP TABLE user_data");
    await environment.migrate();
    assert.ok(await canLogIn());
  });

  it("leaves a newer schema as it is and says so, and the service of this version starts on it", async () => {
    await environment.migrate();
    await environment.query("INSERT INTO pgmigrations (name, run_on) VALUES ('9999_later', now())");
    const lines = await messages((log) => environment.migrate({ log }));

    assert.deepEqual(lines, ["the schema is newer than this version, left as it is: it also has 9999_later"]);
    await (await startService(environment)).stop();
  });

  it("has to be run before the service starts", async () => {
    await environment.migrate();
    await environment.query("DELETE FROM pgmigrations");
    await assert.rejects(startService(environment), {
      name: "SchemaError",
      message: "the database is older than this version: it lacks 0001_users; run the migration of this version first",
    });
  });

  it("never puts a password into a statement, which the server's log may hold", async () => {
    const logging = await startEnvironment({ log_statement: "all" });
    await logging.migrate();
    const { password } = await logging.readSecret<Credentials>(arns.database);
    await logging.stop();

    assert.ok(logging.log.some((line) => line.includes("CREATE ROLE \"accounts_service\" LOGIN PASSWORD 'SCRAM-SHA-256$4096:")));
    assert.ok(!logging.log.join("").includes(password));
  });

  it("reads the master password again when RDS has just rotated it", async () => {
    const right = await environment.readSecret(arns.master);
    await environment.putSecret(arns.master, { username: "accounts_admin", password: "of yesterday" });
    const lines: string[] = [];
    const log = createLog("test", "info", {
      write: (line) => {
        lines.push(JSON.parse(line).msg);
        void environment.putSecret(arns.master, right);
      },
    });
    await environment.migrate({ log, patienceSeconds: 10 });
    assert.equal(lines[0], "no connection to the database yet, trying again");
    assert.ok(await canLogIn());
  });

  it("refuses a secret that would make it change another role's password", async () => {
    await environment.putSecret(arns.database, { username: "accounts_admin", password: "x" });
    await assert.rejects(environment.migrate(), {
      message: `the secret ${arns.database} must have the username "accounts_service", got "accounts_admin"`,
    });
  });

  describe("of other files", () => {
    const home = process.cwd();
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "accounts-migrations-"));
      cpSync("migrations", join(folder, "migrations"), { recursive: true });
      process.chdir(folder);
    });
    afterEach(() => {
      process.chdir(home);
      rmSync(folder, { recursive: true });
    });

    const write = (name: string, sql: string) => writeFileSync(join("migrations", `${name}.sql`), sql);
    const edit = (change: (sql: string) => string) => write("0001_users", change(readFileSync("migrations/0001_users.sql", "utf8")));
    const today = async () => (await environment.query<{ day: string }>("SELECT now()::date::text AS day"))[0]?.day;
    const state = async () => ({
      columns: await environment.query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"),
      users: await environment.query("SELECT * FROM users"),
      applied: await environment.query("SELECT * FROM pgmigrations"),
      verifier: await verifier(),
      secrets: await Promise.all([environment.readSecret(arns.database), environment.readSecret(arns.apiKeys)]),
    });

    it("notices one that was changed after it was applied, and applies nothing", async () => {
      await environment.migrate();
      edit((sql) => sql.replace("254", "255"));
      write("0002_later", "CREATE TABLE later (id uuid PRIMARY KEY);");
      const before = await state();
      await assert.rejects(environment.migrate(), {
        name: "SchemaError",
        message: `migration 0001_users was changed after it was applied on ${await today()}; restore its file as it was then,`
          + " and put the change into a new migration",
      });
      assert.deepEqual(await state(), before);
    });

    it("does not mind the line endings, which git may change on a checkout", async () => {
      await environment.migrate();
      edit((sql) => sql.replaceAll("\n", "\r\n"));
      await environment.migrate();
    });

    it("takes those of a database from before this check as they are, and notices later changes", async () => {
      await environment.migrate();
      await environment.query("DROP TABLE migration_files");
      await environment.migrate();
      edit((sql) => `${sql}\n`);
      await assert.rejects(environment.migrate(), /migration 0001_users was changed after it was applied/);
    });

    it("is refused whose name sorts before one that was applied: databases would have them in another order", async () => {
      await environment.migrate();
      write("0000_earlier", "CREATE TABLE earlier (id uuid PRIMARY KEY);");
      await assert.rejects(environment.migrate(), /0000_earlier is preceding already run migration 0001_users/);
    });

    it("lets one be mended that was never applied, also after it has failed", async () => {
      write("0002_later", "CREATE TABLE later (id uuid PRIMARY KEY); SELECT 1 / 0;");
      await assert.rejects(environment.migrate(), /division by zero/);
      write("0002_later", "CREATE TABLE later (id uuid PRIMARY KEY);");
      await environment.migrate();
      await environment.query("SELECT FROM later");
      write("0002_later", "CREATE TABLE later (id int PRIMARY KEY);");
      await assert.rejects(environment.migrate(), /migration 0002_later was changed/);
    });

    it("leaves schema, data, role and secrets as they were when one fails half-way, and the service serves on", async () => {
      await environment.migrate();
      const service = await startService(environment);
      await service.request("POST /v1/users", { payload: { email: "a@example.com", name: "A" } });
      const before = await state();
      write("0002_half", "ALTER TABLE users ADD COLUMN half text; DELETE FROM users; SELECT 1 / 0;");
      await assert.rejects(environment.migrate(), /division by zero/);

      assert.deepEqual(await state(), before);
      assert.equal((await service.request("GET /v1/users")).json().items.length, 1);
      await service.stop();
    });

    it("waits for a table no longer than the service can, lets its requests pass, and tries again", async () => {
      await environment.migrate();
      const service = await startService(environment);
      const session = await environment.connect();
      await session.query("BEGIN; SELECT FROM users");
      write("0002_column", "ALTER TABLE users ADD COLUMN later text;");
      const lines: string[] = [];
      const log = createLog("test", "info", { write: (line) => void lines.push(JSON.parse(line).msg) });
      const migration = environment.migrate({ log, patienceSeconds: 60 });

      const retries = () => lines.filter((line) => line.startsWith("a transaction holds a table")).length;
      const statuses = new Set<number>();
      while (retries() < 2) {
        statuses.add((await service.request("GET /v1/users")).statusCode);
      }
      await session.end();
      await migration;
      assert.deepEqual([...statuses], [200]);
      assert.equal(lines.at(-1), "migration 0002_column applied");
      await service.stop();
    });

    it("gives up on a table that stays in use, and leaves everything as it was", async () => {
      await environment.migrate();
      const before = await state();
      const session = await environment.connect();
      await session.query("BEGIN; SELECT FROM users");
      write("0002_column", "CREATE TABLE first (id uuid PRIMARY KEY); ALTER TABLE users ADD COLUMN later text;");
      await assert.rejects(environment.migrate(), /canceling statement due to lock timeout/);
      await session.end();
      assert.deepEqual(await state(), before);
    });
  });

  describe("as a program", () => {
    let build: Build;

    before(async () => {
      build = await buildService();
    });
    after(() => build.remove());

    const file = () => join(build.folder, "migrations/0002_long.sql");
    const run = () => new Program(build, "migrate.mjs", environment.variables);
    const untilAsleep = async (): Promise<void> => {
      const asleep = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
      while ((await environment.queryAsSuperuser(asleep)).length === 0) { /* the query itself takes time */ }
    };

    for (const [signal, code] of [["SIGTERM", 1], ["SIGKILL", null]] as const) {
      it(`stopped by ${signal} in the middle of a file, leaves nothing of it and gives the lock back`, async () => {
        writeFileSync(file(), "CREATE TABLE long (id uuid PRIMARY KEY); SELECT pg_sleep(600);");
        const stopped = run();
        await untilAsleep();
        stopped.signal(signal);
        assert.equal(await stopped.ended, code);
        if (signal === "SIGTERM") {
          await stopped.logged("migration stopped by SIGTERM: what it had begun is undone or finished by the next run");
        }

        writeFileSync(file(), "CREATE TABLE long (id uuid PRIMARY KEY);");
        const next = run();
        assert.equal(await next.ended, 0);
        await next.logged("migration 0002_long applied");
        assert.ok(await canLogIn());
      });
    }
  });
});
