import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import pg from "pg";

import { ensureCertificates } from "../../../offline/stand-ins/certificates";
import { listen } from "../../../offline/stand-ins/local-server";
import { startPostgres, type Postgres, type PostgresArgs } from "../../../offline/stand-ins/postgres";
import { recordOf } from "../../../offline/stand-ins/processes";
import { newFolder, removeFolders } from "./folders";

const wanted: PostgresArgs = {
  majorVersion: 18,
  database: "app",
  username: "master",
  password: "it's \"quoted\"",
  forceTls: true,
};

describe("startPostgres", () => {
  const running: Postgres[] = [];

  async function start(args: Partial<PostgresArgs> = {}): Promise<Postgres> {
    const postgres = await startPostgres({ ...wanted, ...args });
    running.push(postgres);
    return postgres;
  }

  afterEach(async () => {
    await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
    removeFolders();
  });

  describe("gives a server that", () => {
    let postgres: Postgres;
    const log = new EventEmitter<{ line: [string] }>();

    before(async () => {
      const onLine = (line: string): unknown => log.emit("line", line);
      postgres = await startPostgres({ ...wanted, parameters: { log_statement: "all" }, onLine });
    });

    after(() => postgres.stop());

    it("takes connections whose TLS the client verifies", async () => {
      const [row] = await query(postgres, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
      assert.deepEqual(row, { ssl: true });
    });

    it("is not believed by a client that trusts another authority", async () => {
      const { caFile } = await ensureCertificates(newFolder());
      await assert.rejects(query(postgres, "SELECT 1", { ssl: { ca: fs.readFileSync(caFile, "utf8") } }), /certificate/);
    });

    it("refuses plaintext when TLS is forced", async () => {
      await assert.rejects(query(postgres, "SELECT 1", { ssl: false }), /no pg_hba.conf entry .* no encryption/);
    });

    it("gives the master user what RDS gives it, which is not everything", async () => {
      const [rights] = await query(postgres, `
        SELECT rolsuper, rolcreaterole, rolcreatedb, pg_has_role(oid, 'rds_superuser', 'member') AS "rdsSuperuser",
          (SELECT datdba = pg_roles.oid FROM pg_database WHERE datname = 'app') AS "ownsDatabase"
        FROM pg_roles WHERE rolname = current_user`);
      assert.deepEqual(rights, {
        rolsuper: false, rolcreaterole: true, rolcreatedb: true, rdsSuperuser: true, ownsDatabase: true,
      });
      await query(postgres, "CREATE ROLE another LOGIN PASSWORD 'secret'");
      await query(postgres, "CREATE TABLE public.things (id int)");
      await assert.rejects(query(postgres, "CREATE ROLE mighty SUPERUSER"), /permission denied/);
    });

    it("refuses a wrong password", async () => {
      await assert.rejects(query(postgres, "SELECT 1", { password: "wrong" }), /password authentication failed/);
    });

    it("lets its superuser see the sessions of others", async () => {
      const session = await connect(postgres);
      const seen = await query(postgres, `
        SELECT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'master'`,
      { user: postgres.superuser.username, password: postgres.superuser.password });
      await session.end();
      assert.deepEqual(seen, [{ usename: "master", ssl: true }]);
    });

    it("sorts words, not bytes", async () => {
      const rows = await query(postgres, "SELECT word FROM (VALUES ('b'), ('A'), ('ä'), ('B')) AS v (word) ORDER BY word");
      assert.deepEqual(rows.map(({ word }) => word), ["A", "ä", "b", "B"]);
    });

    it("hands over its log and takes parameters", async () => {
      const seen = new Promise<void>((resolve) => {
        log.on("line", (line) => line.includes("SELECT 'seen in the log'") && resolve());
      });
      await query(postgres, "SELECT 'seen in the log'");
      await seen;
    });
  });

  it("takes plaintext when TLS is not forced", async () => {
    assert.deepEqual(await query(await start({ forceTls: false }), "SELECT 1 AS one", { ssl: false }), [{ one: 1 }]);
  });

  it("leaves nothing behind without a folder", async () => {
    const postgres = await start();
    const { pid, caFile } = postgres;
    assert.ok(fs.existsSync(temporaryFolderOf(caFile)));
    await Promise.all([postgres.stop(), postgres.stop()]);
    assert.equal(recordOf(pid), undefined);
    assert.ok(!fs.existsSync(temporaryFolderOf(caFile)));
    await assert.rejects(postgres.restart(), /is stopped/);
  });

  it("removes what a killed process has left behind without a folder", async () => {
    const { pid, caFile } = await leaveServer(wanted);
    assert.ok(fs.existsSync(temporaryFolderOf(caFile)));
    await start();
    assert.equal(recordOf(pid), undefined);
    assert.ok(!fs.existsSync(temporaryFolderOf(caFile)));
  });

  it("ends sessions on stop instead of waiting for them", async () => {
    const postgres = await start();
    const session = await connect(postgres);
    const errors: (Error & { code?: string })[] = [];
    session.on("error", (error) => errors.push(error));
    await Promise.all([new Promise<void>((resolve) => session.once("end", resolve)), postgres.stop()]);
    assert.equal(errors[0]?.code, "57P01");
  });

  it("answers nobody while it is frozen, and goes on as if nothing had been", async () => {
    const postgres = await start();
    const session = await connect(postgres);
    postgres.freeze();
    const answer = session.query("SELECT 42 AS answer").then(({ rows }) => rows);
    assert.equal(await Promise.race([answer, delay(300, "silence")]), "silence");
    postgres.thaw();
    assert.deepEqual(await answer, [{ answer: 42 }]);
    await session.end();
  });

  it("can be stopped while it is frozen", async () => {
    const postgres = await start();
    const { pid } = postgres;
    postgres.freeze();
    await postgres.stop();
    assert.equal(recordOf(pid), undefined);
  });

  it("is down for as long as it is told to be before it comes back", async () => {
    const postgres = await start();
    const began = performance.now();
    await postgres.restart(500);
    assert.ok(performance.now() - began >= 500);
  });

  it("comes back on the same port after a restart", async () => {
    const postgres = await start();
    await query(postgres, "CREATE TABLE kept AS SELECT 42 AS answer");
    const { pid, port } = postgres;
    await postgres.restart();
    assert.equal(postgres.port, port);
    assert.notEqual(postgres.pid, pid);
    assert.equal(recordOf(pid), undefined);
    assert.deepEqual(await query(postgres, "TABLE kept"), [{ answer: 42 }]);
  });

  it("says how to mend another version than the installed one", async () => {
    await assert.rejects(start({ majorVersion: 17 }),
      /PostgreSQL 17 is asked for, but .* holds 18\.\d+.*: ask for 18, or install a 17\.x/);
  });

  describe("with a folder for the data", () => {
    let dataDestination: string;

    before(() => {
      dataDestination = fs.mkdtempSync(path.join(os.tmpdir(), "stand-ins-test-"));
      // As root, the database runs as another user, who has to come through.
      fs.chmodSync(dataDestination, 0o755);
    });

    after(() => fs.rmSync(dataDestination, { recursive: true }));

    it("keeps what is in a folder, and takes another master password", async () => {
      const first = await start({ dataDestination });
      await query(first, "CREATE TABLE kept AS SELECT 42 AS answer");
      await first.stop();
      const second = await start({ dataDestination, password: "another" });
      assert.deepEqual(await query(second, "TABLE kept", { password: "another" }), [{ answer: 42 }]);
      assert.equal(fs.readFileSync(second.caFile, "utf8"), fs.readFileSync(first.caFile, "utf8"));
      await assert.rejects(query(second, "TABLE kept"), /password authentication failed/);
    });

    it("starts on the data of a server that was killed", async () => {
      const postgres = await start({ dataDestination });
      await query(postgres, "CREATE TABLE saved AS SELECT 42 AS answer");
      process.kill(postgres.pid, "SIGKILL");
      await postgres.stop();
      assert.deepEqual(await query(await start({ dataDestination }), "TABLE saved"), [{ answer: 42 }]);
    });

    it("says how to mend data of another version", async () => {
      await (await start({ dataDestination })).stop();
      const versionFile = path.join(dataDestination, "postgres/cluster/PG_VERSION");
      fs.writeFileSync(versionFile, "17\n");
      await assert.rejects(start({ dataDestination }), /are of PostgreSQL 17, and this is 18.*delete the folder/);
      fs.writeFileSync(versionFile, "18\n");
    });

    it("says which port is taken", async () => {
      const server = net.createServer();
      const port = await listen(server);
      try {
        await assert.rejects(start({ dataDestination, port }), /Address already in use/);
      } finally {
        server.close();
      }
    });

    it("refuses data that another running process uses", async () => {
      await start({ dataDestination });
      await assert.rejects(start({ dataDestination }), new RegExp(`in use by process ${process.pid}`));
    });

    it("stops the server that a killed process has left on the data, and starts anew", async () => {
      const { pid } = await leaveServer({ ...wanted, dataDestination });
      const postgres = await start({ dataDestination });
      assert.equal(recordOf(pid), undefined);
      assert.deepEqual(await query(postgres, "SELECT 1 AS one"), [{ one: 1 }]);
    });

    it("leaves a process alone that only has the id of a former server", async () => {
      await (await start({ dataDestination })).stop();
      fs.writeFileSync(path.join(dataDestination, "postgres/cluster/postmaster.pid"), `${process.pid}\n`);
      assert.deepEqual(await query(await start({ dataDestination }), "SELECT 1 AS one"), [{ one: 1 }]);
    });
  });

  it("works below a folder that only root may enter, and forgets the data with that folder", async function () {
    if (process.getuid?.() !== 0) {
      this.skip();
    }
    const closed = newFolder();
    fs.chmodSync(closed, 0o700);
    const dataDestination = path.join(closed, "data");
    const first = await start({ dataDestination });
    await query(first, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const home = fs.readlinkSync(path.join(dataDestination, "postgres"));
    const second = await start({ dataDestination });
    assert.deepEqual(await query(second, "TABLE kept"), [{ answer: 42 }]);
    await second.stop();
    fs.rmSync(dataDestination, { recursive: true });
    await start();
    assert.ok(!fs.existsSync(home));
  });
});

/** Starts a server from a process that is then killed. */
async function leaveServer(args: PostgresArgs): Promise<Pick<Postgres, "pid" | "caFile">> {
  const launcher = fork(path.join(__dirname, "postgres-launcher.ts"), [JSON.stringify(args)]);
  const [leftOver] = await once(launcher, "message") as [Pick<Postgres, "pid" | "caFile">];
  launcher.kill("SIGKILL");
  await once(launcher, "exit");
  assert.notEqual(recordOf(leftOver.pid), undefined);
  return leftOver;
}

/** The folder that is there as long as a server that was given none. */
function temporaryFolderOf(caFile: string): string {
  return path.resolve(caFile, "../../..");
}

async function connect(postgres: Postgres, other: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({
    host: postgres.host,
    port: postgres.port,
    user: wanted.username,
    password: wanted.password,
    database: wanted.database,
    ssl: { ca: fs.readFileSync(postgres.caFile, "utf8"), rejectUnauthorized: true },
    ...other,
  });
  await client.connect();
  return client;
}

async function query(postgres: Postgres, sql: string, other: pg.ClientConfig = {}): Promise<Record<string, unknown>[]> {
  const client = await connect(postgres, other);
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
