import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";

import type { LightMyRequestResponse } from "fastify";

import { createLog } from "../src/log.ts";
import { COUNTED_AT_ONCE, PAGES_AT_ONCE, UNKNOWN_PATHS_PER_MINUTE } from "../src/plugins/rate-limits.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { apiKeysSecret, keys, startService, type RunningService } from "./support/service.ts";

const other = "other-key-other-key-other-key-other-key-123";
const unknown = "00000000-0000-7000-8000-000000000000";

describe("rate limits", () => {
  let environment: TestEnvironment;
  let service: RunningService;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  beforeEach(async () => {
    service = await startService(environment, { WRITES_PER_MINUTE: "3", PAGES_PER_MINUTE: "3" });
  });
  afterEach(() => service.stop());
  after(() => environment.stop());

  const write = (options: object = {}) => service.request(`DELETE /v1/users/${unknown}`, options);
  const lost = (options: object = {}) => service.request("GET /nowhere", { key: null, ...options });
  const times = async (count: number, request: () => Promise<LightMyRequestResponse>) => {
    const responses: LightMyRequestResponse[] = [];
    for (let done = 0; done < count; done += 1) {
      responses.push(await request());
    }
    return responses;
  };

  describe("of a client's writes", () => {
    it("count all routes together, refused and failed writes too, and say what is left", async () => {
      const responses = [
        await write(),
        await service.request("POST /v1/users", { payload: "{", headers: { "content-type": "application/json" } }),
        await service.request("PUT /v1/users/x/data/key", { payload: "1", headers: { "content-type": "application/json" } }),
      ];
      assert.deepEqual(responses.map(({ statusCode }) => statusCode), [204, 400, 400]);
      assert.deepEqual(responses.map(({ headers }) => [headers["ratelimit-limit"], headers["ratelimit-remaining"]]),
        [["3", "2"], ["3", "1"], ["3", "0"]]);

      const refused = await write();
      assert.equal(refused.statusCode, 429);
      assert.equal(refused.headers["content-type"], "application/problem+json; charset=utf-8");
      assert.equal(refused.json().type, "/problems/rate-limited");
      assert.equal(refused.headers["ratelimit-remaining"], "0");
      const seconds = Number(refused.headers["retry-after"]);
      assert.ok(seconds > 50 && seconds <= 60, `Retry-After is ${seconds}, but the minute has just begun`);
      assert.equal(refused.headers["ratelimit-reset"], refused.headers["retry-after"]);
    });

    it("leave its reads alone: those of one thing carry none of the headers, and pages their own", async () => {
      await times(4, write);
      for (const line of [`GET /v1/users/${unknown}`, `HEAD /v1/users/${unknown}`, `GET /v1/users/${unknown}/data/a`] as const) {
        const { statusCode, headers } = await service.request(line);
        assert.equal(statusCode, 404, line);
        assert.deepEqual(Object.keys(headers).filter((name) => name.includes("ratelimit")), []);
      }
      const page = await service.request("GET /v1/users");
      assert.deepEqual([page.statusCode, page.headers["ratelimit-remaining"]], [200, "2"]);
      assert.equal((await service.request("GET /health/ready", { key: null })).statusCode, 200);
    });

    it("are another client's own, also from the same address", async () => {
      await environment.putSecret(arns.apiKeys, {
        clients: { ...apiKeysSecret.clients, other: { scopes: ["read", "write"], current: other, previous: null } },
      });
      await service.prepare(0, new AbortController().signal);
      await times(4, write);
      assert.equal((await write()).statusCode, 429);
      assert.equal((await write({ key: other })).statusCode, 204);
    });

    it("cannot be got round with another address or an invented header", async () => {
      await times(3, write);
      for (const options of [
        { remoteAddress: "127.0.0.1", headers: { "x-forwarded-for": "198.51.100.7" } },
        { remoteAddress: "192.0.2.9" },
        { headers: { forwarded: "for=198.51.100.8", "x-real-ip": "198.51.100.9" } },
      ]) {
        assert.equal((await write(options)).statusCode, 429, JSON.stringify(options));
      }
    });

    it("do not count what has no key or no right to write: nobody can use up another's", async () => {
      const keyless = await times(4, () => write({ key: null }));
      assert.deepEqual(keyless.map(({ statusCode }) => statusCode), [401, 401, 401, 401]);
      assert.equal((await write({ key: keys.reader })).statusCode, 403);
      assert.equal((await write()).headers["ratelimit-remaining"], "2");
    });

    it("are documented at every write, and those of pages at every list", () => {
      const documented = service.contract.answers.filter((answer) => answer.endsWith(" 429")).sort();
      const limited = /^((POST|PUT|PATCH|DELETE) \/v1\/|GET \/v1\/users(\/{id}\/data)? )/;
      const all = service.contract.answers.filter((answer) => limited.test(answer)).map((answer) => answer.replace(/\d+$/, "429"));
      assert.deepEqual(documented, [...new Set(all)].sort());
    });
  });

  describe("of a client's pages", () => {
    const pages = ["GET /v1/users", "HEAD /v1/users?limit=1", `GET /v1/users/${unknown}/data`] as const;

    it("count users and documents together, and say what is left", async () => {
      const left = [];
      for (const line of pages) {
        left.push((await service.request(line)).headers["ratelimit-remaining"]);
      }
      assert.deepEqual(left, ["2", "1", "0"]);

      const refused = await service.request("GET /v1/users");
      assert.deepEqual([refused.statusCode, refused.json().type], [429, "/problems/rate-limited"]);
      assert.ok(Number(refused.headers["retry-after"]) > 50, `Retry-After is ${refused.headers["retry-after"]}`);
      assert.equal((await service.request("GET /v1/users", { key: keys.reader })).statusCode, 200, "another client is refused");
      assert.equal((await write()).statusCode, 204);
    });

    it("let a few be made at once, and the others wait", async () => {
      const free = await startService(environment, { PAGES_PER_MINUTE: "1000" });
      const statuses = await Promise.all(Array.from({ length: 2 * PAGES_AT_ONCE }, async () =>
        (await free.request("GET /v1/users")).statusCode));
      await free.stop();
      assert.deepEqual([...new Set(statuses)], [200]);
    });

    it("refuse one whose turn does not come, and give it to others when a page fails", async () => {
      const free = await startService(environment, { PAGES_PER_MINUTE: "1000", DATABASE_STATEMENT_TIMEOUT_SECONDS: "2" });
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      const answers = await Promise.all(Array.from({ length: PAGES_AT_ONCE + 1 }, () => free.request("GET /v1/users")));
      assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [429, ...Array(PAGES_AT_ONCE).fill(503)]);
      const refused = answers.find(({ statusCode }) => statusCode === 429)!;
      assert.deepEqual([refused.headers["retry-after"], refused.headers["ratelimit-limit"]], ["1", "1000"]);
      assert.match(refused.json().detail, /^4 pages are made for a client at the same time/);
      await session.end();
      assert.equal((await free.request("GET /v1/users")).statusCode, 200);
      await free.stop();
    });
  });

  describe("of paths that do not exist", () => {
    it("are one address's, whatever the method and the body", async () => {
      const statuses = (await times(UNKNOWN_PATHS_PER_MINUTE, lost)).map(({ statusCode }) => statusCode);
      assert.deepEqual([...new Set(statuses)], [404]);

      const body = { payload: "<a/>", headers: { "content-type": "text/xml" } };
      for (const [line, options] of [["GET /v1/nowhere", {}], ["POST /nowhere", body]] as const) {
        const response = await service.request(line, options);
        assert.equal(response.statusCode, 429, line);
        assert.ok(Number(response.headers["retry-after"]) > 0);
      }
      assert.equal((await service.request("GET /health/ready", { key: null })).statusCode, 200);
      assert.equal((await service.request("GET /v1/users")).statusCode, 200);
      assert.equal((await lost({ remoteAddress: "192.0.2.9" })).statusCode, 404);
    });

    it("believe only the load balancer about the address", async () => {
      const left = async (remoteAddress: string, forwarded: string): Promise<number> => {
        const { headers } = await lost({ remoteAddress, headers: { "x-forwarded-for": forwarded } });
        return Number(headers["ratelimit-remaining"]);
      };
      const full = UNKNOWN_PATHS_PER_MINUTE - 1;

      assert.equal(await left("192.0.2.9", "198.51.100.1"), full);
      assert.equal(await left("192.0.2.9", "198.51.100.2"), full - 1, "a stranger changed its address by a header");
      assert.equal(await left("127.0.0.1", "198.51.100.3"), full);
      const both = await left("127.0.0.1", "198.51.100.4, 198.51.100.3");
      assert.equal(both, full - 1, "what a client put first was believed");
    });

    it("count an address of IPv6 with its whole /64, which one customer has", async () => {
      await lost({ remoteAddress: "2001:db8:1:2::1" });
      const { headers } = await lost({ remoteAddress: "2001:db8:1:2:ffff::9" });
      assert.equal(headers["ratelimit-remaining"], String(UNKNOWN_PATHS_PER_MINUTE - 2));
    });

    it("do not fail, and leave no error in the log, for want of an address when the client has gone", async () => {
      const lines: string[] = [];
      const { app, stop } = await startService(environment, {}, createLog("accounts", "info", { write: (line) => void lines.push(line) }));
      await app.listen({ port: 0, host: "127.0.0.1" });
      const { port } = app.server.address() as AddressInfo;
      const addresses: unknown[] = [];
      for (let times = 0; times < 10; times += 1) {
        const client = connect(port, "127.0.0.1");
        await once(client, "connect");
        const accepted = once(app.server, "request") as Promise<[IncomingMessage, ServerResponse]>;
        // Together, so that the request is read when its connection is reset already.
        client.write("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", () => client.resetAndDestroy());
        const [{ socket }, response] = await accepted;
        addresses.push(socket.remoteAddress);
        await (response.closed ? undefined : once(response, "close"));
      }
      await stop();
      assert.ok(addresses.includes(undefined), `no connection was reset before its request was read: ${addresses.join()}`);
      const worse = lines.map((line) => JSON.parse(line)).filter(({ level }) => level !== "info");
      assert.deepEqual(worse.map(({ err }) => err.message), []);
    });

    it("are kept for so many addresses and no more, so that memory has a bound", async () => {
      await times(2, lost);
      for (let each = 0; each < COUNTED_AT_ONCE; each += 1) {
        await lost({ remoteAddress: `10.0.${each >> 8}.${each & 255}` });
      }
      assert.equal((await lost()).headers["ratelimit-remaining"], String(UNKNOWN_PATHS_PER_MINUTE - 1));
    });
  });
});
