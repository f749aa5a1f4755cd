import { createServer } from "node:http";
import { join } from "node:path";

import type pg from "pg";

import { close, listen } from "../../offline/stand-ins/local-server.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { arns, startEnvironment } from "../test/support/environment.ts";
import { buildService } from "../test/support/process.ts";
import type { Cleanup } from "./cleanup.ts";
import type { Variant } from "./server.ts";

/** What all variants share, and the variants. */
export interface Bed {
  readonly variants: Record<"floor" | "pipelined" | "demo" | "service" | "withoutLane" | "traced", Variant>;
  /** Of the users that are in the database, in ascending order. */
  readonly ids: readonly string[];
  readonly takenEmail: string;
  readonly apiKey: string;
  /** Sessions that were ever opened to the database. */
  countSessions(): Promise<number>;
  /** From then on, reading this user takes `seconds`; other users only pay for the comparison. */
  slowDown(id: string, seconds: number): Promise<void>;
  speedUp(): Promise<void>;
}

const apiKey = "bench-key-bench-key-bench-key-bench-key";
/** All that the pool of the floor has; the service shares the same number between its pool and its lane. */
const CONNECTIONS = 10;
const LANE_CONNECTIONS = 2;

/** Starts PostgreSQL and Secrets Manager, migrates, fills the table, and builds the service. */
export async function prepareBed(users: number, cleanup: Cleanup): Promise<Bed> {
  const build = await buildService();
  cleanup.add(() => build.remove());
  const environment = await startEnvironment({
    // A commit costs on RDS what its storage costs; here it would measure this computer's disk.
    synchronous_commit: "off", shared_buffers: "256MB", autovacuum: "off", max_connections: "200",
  });
  cleanup.add(() => environment.stop());
  await environment.migrate();
  await environment.putSecret(arns.apiKeys, {
    clients: { bench: { scopes: ["read", "write"], current: apiKey, previous: null } },
  });
  const superuser = await environment.connect(environment.postgres.superuser);
  cleanup.add(() => superuser.end());

  const login = await environment.readSecret<Credentials>(arns.database);
  return {
    variants: variantsFor(environment.variables, login, build.folder, await startCollector(cleanup)),
    ids: await fill(superuser, users),
    takenEmail: "user-1@bench.example",
    apiKey,
    countSessions: () => countSessions(superuser),
    slowDown: (id, seconds) => slowDown(superuser, id, seconds),
    speedUp: async () => {
      await superuser.query("ALTER TABLE users DISABLE ROW LEVEL SECURITY; DROP POLICY slow ON users");
    },
  };
}

async function fill(superuser: pg.Client, users: number): Promise<string[]> {
  await superuser.query(
    `INSERT INTO users (email, name, attributes)
     SELECT 'user-' || n || '@bench.example', 'User ' || n, '{"plan": "pro", "locale": "en-GB", "beta": true}'
     FROM generate_series(1, $1::int) n`, [users]);
  await superuser.query("VACUUM ANALYZE users");
  const { rows } = await superuser.query<{ id: string }>("SELECT id FROM users ORDER BY id");
  return rows.map(({ id }) => id);
}

/** Takes traces and throws them away. */
async function startCollector(cleanup: Cleanup): Promise<string> {
  const collector = createServer((request, response) => {
    request.resume().on("end", () => response.end());
  });
  cleanup.add(() => close(collector));
  return `http://127.0.0.1:${await listen(collector)}`;
}

function variantsFor(
  shared: Readonly<Record<string, string>>, { username, password }: Credentials, build: string, collector: string,
): Bed["variants"] {
  const servers = join(import.meta.dirname, "servers");
  const bare = {
    ...shared, DATABASE_USER: username, DATABASE_PASSWORD: password, DATABASE_POOL_CONNECTIONS: String(CONNECTIONS),
  };
  const service = {
    ...shared,
    WRITES_PER_MINUTE: "10000000",
    PAGES_PER_MINUTE: "10000000",
    DATABASE_POOL_CONNECTIONS: String(CONNECTIONS - LANE_CONNECTIONS),
    DATABASE_LANE_CONNECTIONS: String(LANE_CONNECTIONS),
  };
  const withoutLane = {
    ...service, DATABASE_POOL_CONNECTIONS: String(CONNECTIONS), DATABASE_LANE_CONNECTIONS: "0",
  };
  const traced = { ...service, OTEL_EXPORTER_OTLP_ENDPOINT: collector };
  // As the image starts it.
  const built = { command: ["--enable-source-maps", "server.mjs"], folder: build };
  return {
    floor: { name: "floor: node:http, pg pool", command: ["floor.mjs"], folder: servers, variables: bare },
    pipelined: {
      name: "node:http, pg pipelined", command: ["floor.mjs"], folder: servers, variables: { ...bare, FLOOR_PIPELINED: "2" },
    },
    demo: { name: "Fastify as in its demo", command: ["demo.mjs"], folder: servers, variables: bare },
    service: { name: "accounts", ...built, variables: service },
    withoutLane: { name: "accounts without lane", ...built, variables: withoutLane },
    traced: { name: "accounts with tracing", ...built, variables: traced },
  };
}

async function countSessions(superuser: pg.Client): Promise<number> {
  const { rows: [row] } = await superuser.query<{ sessions: number }>(
    "SELECT sessions::int FROM pg_stat_database WHERE datname = current_database()");
  return row?.sessions ?? Number.NaN;
}

/** PostgreSQL asks a policy about every row, so a list can be slow without a hook in the service and without CPU. */
async function slowDown(superuser: pg.Client, id: string, seconds: number): Promise<void> {
  await superuser.query(
    `CREATE OR REPLACE FUNCTION take_time() RETURNS boolean LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN true; END $$;
     CREATE POLICY slow ON users USING (id <> '${id}' OR take_time());
     ALTER TABLE users ENABLE ROW LEVEL SECURITY`);
}
