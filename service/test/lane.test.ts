import assert from "node:assert/strict";

import { integer } from "../src/database/columns.ts";
import type { Statement } from "../src/database/statement.ts";
import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startService, type RunningService } from "./support/service.ts";

describe("the lane", () => {
  let environment: TestEnvironment;
  let service: RunningService;
  let ids: string[];

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  beforeEach(async () => {
    await environment.query("TRUNCATE users CASCADE");
    service = await startService(environment);
    const created = await Promise.all(Array.from({ length: 20 }, (_, i) => create(`user-${i}@example.com`)));
    ids = created.map((response) => response.json().id);
    await laneIsOpen();
  });
  afterEach(() => service.stop());
  after(() => environment.stop());

  const create = (email: string) => service.request("POST /v1/users", { payload: { email, name: "Ada" } });
  const read = (id: string) => service.request(`GET /v1/users/${id}`);
  const lane = () => service.database.statistics.lane;

  /** The first statements go to the pool, while the lane connects. */
  async function laneIsOpen(): Promise<void> {
    while (lane().connections < 2) {
      await read(ids[0]!);
    }
  }

  async function milliseconds(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return performance.now() - started;
  }

  it("carries many statements at once over two connections, and gives each its own answer", async () => {
    const before = lane().spilled;
    const [begun] = await environment.query<{ now: string }>("SELECT clock_timestamp()::text AS now");
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => read(ids[i % 20]!)));

    assert.deepEqual(answers.map((response) => response.json().id), Array.from({ length: 200 }, (_, i) => ids[i % 20]));
    assert.equal(lane().spilled, before);
    // The sessions of the pool have done nothing since.
    const sessions = await environment.queryAsSuperuser(
      `SELECT FROM pg_stat_activity WHERE usename = 'accounts_service' AND query_start > '${begun!.now}'`);
    assert.equal(sessions.length, 2);
  });

  it("does not take a long turn of its own for a slow database: nothing was sent before the turn was over", async () => {
    const { spilled } = lane();
    const one: Statement<{ one: number }> = {
      name: "one", text: "SELECT 1 AS one", columns: { one: integer }, repeatable: true, bounded: true,
    };
    const first = [service.database.run(one, []), service.database.run(one, [])];
    for (const until = performance.now() + 50; performance.now() < until;) {
      // Keeps the event loop from turning.
    }
    const later = service.database.run(one, []);

    assert.deepEqual(await Promise.all([...first, later]), [[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
    assert.equal(lane().spilled, spilled);
  });

  it("leaves a statement that waits for a lock to the pool, so that nobody else waits", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; INSERT INTO users (email, name) VALUES ('taken@example.com', 'Ada')");
    const { spilled } = lane();
    const waiting = create("taken@example.com");
    const others = await milliseconds(async () => {
      for (let i = 0; i < 10; i += 1) {
        assert.equal((await read(ids[i]!)).statusCode, 200);
      }
    });
    for (const latest = performance.now() + 10_000; lane().spilled === spilled;) {
      assert.ok(performance.now() < latest, "the statement that waits for a lock is still with the lane");
      assert.equal((await read(ids[0]!)).statusCode, 200);
    }
    await session.query("COMMIT");
    await session.end();

    assert.equal((await waiting).statusCode, 409);
    assert.ok(others < 400, `${others} ms`);
  });

  it("answers a write that waits too long with a problem that is true: nothing was written", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; INSERT INTO users (email, name) VALUES ('taken@example.com', 'Ada')");
    const response = await create("taken@example.com");
    await session.query("ROLLBACK");
    await session.end();

    assert.equal(response.statusCode, 503);
    assert.equal(response.json().type, "/problems/timeout");
    assert.deepEqual(await environment.query("SELECT FROM users WHERE email = 'taken@example.com'"), []);
  });

  const anyVersion = { "if-match": "*" };
  const payload = { name: "Grace" };
  const holdUser = "UPDATE users SET name = name";
  const holdDocument = "UPDATE user_data SET value = value";
  const writes: readonly [what: string, hold: string, line: (id: string) => Parameters<RunningService["request"]>[0], options: object][] = [
    ["POST of a user", "INSERT INTO users (email, name) VALUES ('taken@example.com', 'Ada')",
      () => "POST /v1/users", { payload: { email: "taken@example.com", name: "Ada" } }],
    ["PATCH of a user", holdUser, (id) => `PATCH /v1/users/${id}`, { payload, headers: anyVersion }],
    ["DELETE of a user's version", holdUser, (id) => `DELETE /v1/users/${id}`, { headers: anyVersion }],
    ["PUT of a document", holdDocument, (id) => `PUT /v1/users/${id}/data/a`, { payload }],
    ["PUT of a document's version", holdDocument, (id) => `PUT /v1/users/${id}/data/a`, { payload, headers: anyVersion }],
    ["DELETE of a document's version", holdDocument, (id) => `DELETE /v1/users/${id}/data/a`, { headers: anyVersion }],
  ];

  for (const [what, hold, line, options] of writes) {
    it(`does not hold a ${what} to be undone whose connection broke, and does not send it again`, async () => {
      await service.request(`PUT /v1/users/${ids[0]!}/data/a`, { payload });
      const session = await environment.connect();
      await session.query(`BEGIN; ${hold}`);
      const waiting = service.request(line(ids[0]!), options);
      const backend = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'accounts_service'";
      while ((await environment.queryAsSuperuser(backend)).length === 0) {
        // Asks again: the statement is on its way to the lock.
      }
      const response = await waiting;
      await session.query("ROLLBACK");
      await session.end();

      assert.equal(response.statusCode, 503);
      assert.equal(response.json().type, "/problems/outcome-unknown");
      assert.equal(response.headers["retry-after"], undefined);
    });
  }

  it("leaves to the pool what may take long: pages, and a user who goes with all documents", async () => {
    const run = service.database.run.bind(service.database);
    const bounded: Record<string, boolean> = {};
    service.database.run = (statement, values) => {
      bounded[statement.name] = statement.bounded;
      return run(statement, values);
    };
    const user = `/v1/users/${ids[0]!}` as const;
    await service.request("GET /v1/users");
    await service.request("GET /v1/users?email=user-0@example.com");
    await service.request(`GET ${user}/data`);
    await service.request(`DELETE ${user}`, { headers: anyVersion });
    await service.request(`DELETE ${user}`);
    assert.deepEqual(bounded, {
      "page-of-users": false, "page-of-users-by-email": false, "page-of-documents": false,
      "delete-version-of-user": false, "delete-user": false,
    });
  });

  it("leaves a statement to the pool that the server knows by its name and the driver does not", async () => {
    const prepare = { name: "prepare", text: "PREPARE twice AS SELECT 1", columns: {}, repeatable: true, bounded: true };
    const twice: Statement<{ one: number }> = {
      name: "twice", text: "SELECT 1 AS one", columns: { one: integer }, repeatable: true, bounded: true,
    };
    // One for each connection; the driver is in the same state after it has failed to prepare a statement.
    await Promise.all([service.database.run(prepare, []), service.database.run(prepare, [])]);
    const before = lane().spilled;

    assert.deepEqual(await service.database.run(twice, []), [{ one: 1 }]);
    assert.equal(lane().spilled, before + 1);
  });

  it("opens its connections again after it has lost them", async () => {
    await environment.queryAsSuperuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accounts_service'");
    await laneIsOpen();
    assert.equal((await read(ids[0]!)).statusCode, 200);
  });

  it("closes with the service, and leaves no session", async () => {
    await service.stop();
    const sessions = () => environment.queryAsSuperuser("SELECT FROM pg_stat_activity WHERE usename = 'accounts_service'");
    for (const latest = performance.now() + 5_000; (await sessions()).length > 0;) {
      // pg's pool says goodbye to the server, and does not wait for the answer.
      assert.ok(performance.now() < latest, "the service has left a session open");
    }
  });
});
