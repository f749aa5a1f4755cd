import assert from "node:assert/strict";

import { MOST_DOCUMENTS } from "../src/documents.ts";
import type { TestEnvironment } from "./support/environment.ts";
import { keys, shareService, startService, type RunningService } from "./support/service.ts";

const json = { "content-type": "application/json" };
const nobody = "00000000-0000-7000-8000-000000000000";

describe("the documented answers", () => {
  const { environment, service } = shareService({ DATABASE_STATEMENT_TIMEOUT_SECONDS: "0.3" });

  it("all happen", async () => {
    const id = (await service.request("POST /v1/users", { payload: { email: "a@example.com", name: "A" } })).json<{ id: string }>().id;
    const each = async (options: object, routes = routesFor(id)): Promise<void> => {
      for (const { line, ...own } of routes) {
        await service.request(line, { ...own, ...options });
      }
    };
    await each({});
    await each({}, [...routesFor("x"), ...routesFor("x".repeat(101)), ...routesFor(nobody)]);
    await each({ key: null });
    await each({ key: keys.nobody });
    await expectServerErrors(environment, each);
    await expectRefusedBodies(service, routesFor(id));
    await expectConditions(service, id);
    await expectConflicts(service);
    await expectTooManyDocuments(environment, service);
    await service.request("GET /v1/users?limit=0");
    await expectOpenRoutes(service);

    const limited = await startService(environment, { WRITES_PER_MINUTE: "1", PAGES_PER_MINUTE: "1" });
    const [list, ...others] = routesFor(id);
    for (const { line, ...options } of [...routesFor(nobody).slice(-1), list!, list!, ...others]) {
      await limited.request(line, options);
    }
    await limited.stop();

    const { answers, seen } = service.contract;
    assert.deepEqual(answers.filter((answer) => !seen.has(answer) && !limited.contract.seen.has(answer)), []);
  });
});

interface Request {
  readonly line: Parameters<RunningService["request"]>[0];
  readonly payload?: object | string;
  readonly headers?: Record<string, string>;
}

function routesFor(id: string): Request[] {
  const user = `/v1/users/${id}` as const;
  return [
    { line: "GET /v1/users" },
    { line: "POST /v1/users", payload: { email: "b@example.com", name: "B" } },
    { line: `GET ${user}` },
    { line: `PATCH ${user}`, payload: { name: "C" }, headers: { "if-match": "*" } },
    { line: `PUT ${user}/data/key`, payload: "1", headers: json },
    { line: `PUT ${user}/data/key`, payload: "1", headers: json },
    { line: `GET ${user}/data` },
    { line: `GET ${user}/data/key` },
    { line: `DELETE ${user}/data/key` },
    // Of a user who is not there: the others need theirs.
    { line: `DELETE /v1/users/${id.startsWith("x") ? id : nobody}` },
  ];
}

/** The tables locked, then gone: every route waits too long, then meets an error of the database. */
async function expectServerErrors(
  environment: TestEnvironment, each: (options: object) => Promise<void>,
): Promise<void> {
  const session = await environment.connect();
  await session.query("BEGIN; LOCK TABLE users, user_data IN ACCESS EXCLUSIVE MODE");
  await each({});
  await session.query("ROLLBACK");
  await session.query("ALTER TABLE users RENAME TO hidden; ALTER TABLE user_data RENAME TO hidden_data");
  await each({});
  await session.query("ALTER TABLE hidden RENAME TO users; ALTER TABLE hidden_data RENAME TO user_data");
  await session.end();
}

async function expectTooManyDocuments(environment: TestEnvironment, { request }: RunningService): Promise<void> {
  const payload = { email: "full@example.com", name: "Full" };
  const { id } = (await request("POST /v1/users", { payload })).json<{ id: string }>();
  await environment.query(
    `INSERT INTO user_data (user_id, key, value) SELECT '${id}', 'key-' || i, '1' FROM generate_series(1, ${MOST_DOCUMENTS}) i`);
  await request(`PUT /v1/users/${id}/data/another`, { payload: "1", headers: json });
}

async function expectRefusedBodies({ request }: RunningService, routes: Request[]): Promise<void> {
  for (const { line, headers } of routes.filter((route) => !route.line.startsWith("GET"))) {
    await request(line, { payload: JSON.stringify("x".repeat(70_000)), headers: { ...headers, ...json } });
    await request(line, { payload: "text", headers: { ...headers, "content-type": "text/plain" } });
    await request(line, { payload: "{", headers: { ...headers, ...json } });
  }
}

async function expectConditions({ request }: RunningService, id: string): Promise<void> {
  const user = `/v1/users/${id}` as const;
  const document = `${user}/data/key` as const;
  await request(`PUT ${document}`, { payload: "1", headers: json });
  for (const path of [user, document]) {
    await request(`GET ${path}`, { headers: { "if-none-match": "*" } });
    await request(`DELETE ${path}`, { headers: { "if-match": "\"0\"" } });
  }
  await request(`PUT ${document}`, { payload: "1", headers: { ...json, "if-match": "\"0\"" } });
  await request(`PATCH ${user}`, { payload: {}, headers: { "if-match": "\"0\"" } });
  await request(`PATCH ${user}`, { payload: {} });
  await request(`PATCH ${user}`, { payload: { email: "B@example.com" }, headers: { "if-match": "*" } });
}

async function expectConflicts({ request }: RunningService): Promise<void> {
  const headers = { "idempotency-key": "once" };
  await request("POST /v1/users", { payload: { email: "A@example.com", name: "A" } });
  await request("POST /v1/users", { payload: { email: "c@example.com", name: "C" }, headers });
  await request("POST /v1/users", { payload: { email: "d@example.com", name: "D" }, headers });
}

async function expectOpenRoutes({ request, lifecycle }: RunningService): Promise<void> {
  await request("GET /health/live");
  await request("GET /health/ready");
  await request("GET /version");
  await request("GET /problems/internal");
  await request("GET /problems/nothing");
  await request(`GET /problems/${"x".repeat(101)}`);
  lifecycle.drain();
  await request("GET /health/ready");
}
