import assert from "node:assert/strict";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import pg from "pg";
import type { Logger } from "pino";

import { createLog } from "../src/log.ts";
import { PAGES_AT_ONCE } from "../src/plugins/rate-limits.ts";
import { release } from "../src/release.ts";
import { keys, shareService, startService } from "./support/service.ts";

const breakSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accounts_service'";

describe("the log", () => {
  const { environment, service } = shareService({}, createLog("accounts", "info", { write: (line) => void lines.push(line) }));
  let lines: string[];

  beforeEach(() => {
    lines = [];
  });

  it("has one line per request, with the route and not the path", async () => {
    const { statusCode } = await service.request("GET /v1/users/00000000-0000-7000-8000-000000000000?x=1", {
      headers: { "x-amzn-trace-id": "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678" },
      remoteAddress: "127.0.0.1",
    });
    assert.equal(statusCode, 404);
    assert.equal(lines.length, 1);
    const { time, milliseconds, bytes, ...line } = JSON.parse(lines[0]!);
    assert.deepEqual(line, {
      level: "info",
      service: "accounts",
      version: release.version,
      reqId: "1-67891233-abcdef012345678912345678",
      method: "GET",
      route: "/v1/users/:id",
      status: 404,
      client: "writer",
      address: "127.0.0.1",
      msg: "request",
    });
    assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000 && milliseconds > 0 && bytes > 0);
  });

  it("takes the load balancer's word for who the client is, and nobody else's", async () => {
    const headers = { "x-forwarded-for": "198.51.100.7" };
    await service.request("GET /v1/users", { headers, remoteAddress: "127.0.0.1" });
    await service.request("GET /v1/users", { headers, remoteAddress: "192.0.2.9" });

    assert.deepEqual(lines.map((line) => JSON.parse(line).address), ["198.51.100.7", "192.0.2.9"]);
  });

  it("does not take a request id from a client", async () => {
    const response = await service.request("GET /v1/users", {
      headers: { "x-request-id": "mine", "request-id": "mine", "x-amzn-trace-id": "Root=mine" },
    });
    assert.match(String(response.headers["x-request-id"]), /^[0-9a-f]{8}-/);
  });

  it("holds no personal data and no keys, whatever happens", async () => {
    const payload = { email: "secret-person@example.com", name: "Secret Person", attributes: { a: "secret-attribute" } };
    const { id } = (await service.request("POST /v1/users", { payload })).json();
    await service.request("POST /v1/users", { payload });
    await service.request("POST /v1/users", { payload: { ...payload, name: 5 } });
    await service.request("GET /v1/users?email=secret-person@example.com");
    await service.request(`PUT /v1/users/${id}/data/settings`, { payload: { a: "secret-attribute" } });
    const mergePatch = { "content-type": "application/merge-patch+json" };
    for (const ifMatch of ['"1"', '"99"']) {
      await service.request(`PATCH /v1/users/${id}`, { headers: { ...mergePatch, "if-match": ifMatch }, payload: { name: "Secret Person" } });
    }
    await service.request(`DELETE /v1/users/${id}`, { headers: { "if-match": '"secret-tag"' } });
    for (const email of ["secret-3@example.com", "secret-3@example.com", "secret-4@example.com"]) {
      await service.request("POST /v1/users", { headers: { "idempotency-key": "secret-idempotency-key" }, payload: { ...payload, email } });
    }
    await service.request("GET /v1/users", { key: "secret-key-secret-key-secret-key-secret-key" });
    await environment.query("ALTER TABLE users RENAME TO hidden");
    assert.equal((await service.request("POST /v1/users", { payload })).statusCode, 500);
    await environment.query("ALTER TABLE hidden RENAME TO users");
    await environment.query("ALTER TABLE users ADD CONSTRAINT nobody_new CHECK (false) NOT VALID");
    assert.equal((await service.request("POST /v1/users", { payload: { ...payload, email: "secret-2@example.com" } })).statusCode, 500);
    await environment.query("ALTER TABLE users DROP CONSTRAINT nobody_new");

    const statuses = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request").map(({ status }) => status);
    assert.deepEqual(statuses, [201, 409, 400, 200, 201, 200, 412, 412, 201, 201, 422, 401, 500, 500]);
    assert.match(lines.join(""), /"constraint":"nobody_new"/);
    assert.doesNotMatch(lines.join(""), /secret-|Secret Person/i);
    assert.ok(!lines.join("").includes(keys.writer));
  });

  it("names the cause of an internal error, under the id the client was given", async () => {
    await environment.query("ALTER TABLE users RENAME TO hidden");
    const response = await service.request("GET /v1/users");
    await environment.query("ALTER TABLE hidden RENAME TO users");

    const error = lines.map((line) => JSON.parse(line)).find(({ level }) => level === "error");
    assert.equal(error.reqId, response.headers["x-request-id"]);
    assert.equal(error.err.code, "42P01");
  });

  it("has a line for each cause for which the database cannot take requests, and not one for each request", async () => {
    const other = await startService(environment, {}, service.app.log as Logger);
    const listed = (key: string) => Promise.all(Array.from({ length: PAGES_AT_ONCE }, () => other.request("GET /v1/users", { key })));
    const session = await environment.connect();
    await session.query("BEGIN; LOCK TABLE users");
    const [busy, refused] = [listed(keys.writer), listed(keys.reader)];
    const answers = await refused;
    await session.query("COMMIT; ALTER ROLE accounts_service NOLOGIN");
    await busy;
    await environment.queryAsSuperuser(breakSessions);
    answers.push(...await listed(keys.reader));
    await session.query("ALTER ROLE accounts_service LOGIN");
    await session.end();
    await other.stop();

    assert.deepEqual([...new Set(answers.map(({ statusCode, body }) => `${statusCode} ${JSON.parse(body).type}`))],
      ["503 /problems/database-unavailable"]);
    const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes("for want of the database"));
    assert.deepEqual(told.map(({ level, err }) => [level, err?.message]), [
      ["error", "no connection to the database: timeout exceeded when trying to connect"],
      ["error", "no connection to the database: role \"accounts_service\" is not permitted to log in"],
      ["info", undefined],
    ]);
    assert.equal(told.at(-1).refused, answers.length);
    assert.equal(lines.filter((line) => JSON.parse(line).level === "error").length, 2);
  });

  for (const { what, sql, kept } of [
    {
      what: "a row that is there already",
      sql: "INSERT INTO users (email, name) VALUES ('secret-a@example.com', 'a'), ('secret-a@example.com', 'b')",
      kept: { code: "23505", table: "users", constraint: "users_email", routine: "_bt_check_unique" },
    },
    {
      what: "a row that lacks something",
      sql: "INSERT INTO users (email, name) VALUES ('secret-a@example.com', NULL)",
      kept: { code: "23502", table: "users", column: "name" },
    },
    { what: "a value that is not one", sql: "SELECT 'secret-a'::uuid", kept: { code: "22P02" } },
    { what: "a statement inside a statement", sql: "DO $$ BEGIN EXECUTE 'SELECT ''secret-a'' FROM nowhere'; END $$", kept: { code: "42P01" } },
  ]) {
    it(`tells of an error of PostgreSQL where it is from and no value: ${what}`, async () => {
      const error = await environment.query(sql).catch((error: unknown) => error);
      assert.ok(error instanceof pg.DatabaseError && JSON.stringify({ ...error, message: error.message }).includes("secret-a"));
      for (const err of [error, new Error("around it", { cause: error }), new AggregateError([error], "")]) {
        service.app.log.error({ err }, "failed");
      }

      assert.doesNotMatch(lines.join(""), /secret-a/);
      const { err } = JSON.parse(lines[0]!);
      assert.deepEqual(Object.fromEntries(Object.keys(kept).map((field) => [field, err[field]])), kept);
    });
  }

  it("has a line about what was refused before it was a request, under the id the client was given", async () => {
    await service.app.listen({ port: 0, host: "127.0.0.1" });
    const socket = connect((service.app.server.address() as AddressInfo).port, "127.0.0.1");
    socket.end("HELLO\r\n\r\n");
    const answer = await text(socket);
    const line = lines.map((each) => JSON.parse(each)).find(({ code }) => code === "HPE_INVALID_METHOD");
    assert.equal(line.status, 400);
    assert.match(answer, new RegExp(`"instance":"urn:request:${line.reqId}"`));
  });

  it("has nothing about health checks", async () => {
    await service.request("GET /health/ready", { key: null });
    await service.request("GET /health/live", { key: null });
    assert.deepEqual(lines, []);
  });
});
