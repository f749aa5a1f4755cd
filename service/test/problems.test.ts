import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

import { problemTypes } from "../src/problem-types.ts";
import type { Problem } from "../src/problems.ts";
import { keys, shareService, startService, type RunningService } from "./support/service.ts";

const json = { "content-type": "application/json" };

describe("problems", () => {
  const { environment, service } = shareService({ DATABASE_STATEMENT_TIMEOUT_SECONDS: "0.3", REQUEST_TIMEOUT_SECONDS: "1" });

  describe("of every route", () => {
    it("tell a client nothing about the database, and keep the connection", async () => {
      const pids = () => environment.queryAsSuperuser(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'accounts_service' ORDER BY pid");
      await service.request("GET /v1/users");
      const before = await pids();
      await environment.query("ALTER TABLE users RENAME TO hidden");
      for (let i = 0; i < 5; i += 1) {
        const response = await service.request("GET /v1/users");
        assert.equal(response.statusCode, 500);
        assert.doesNotMatch(response.body, /users|relation|42P01/);
        assert.equal(response.json().instance, `urn:request:${String(response.headers["x-request-id"])}`);
      }
      await environment.query("ALTER TABLE hidden RENAME TO users");
      assert.deepEqual(await pids(), before);
    });
  });

  describe("from every exit of the framework", () => {
    let port: number;

    before(async () => {
      await service.app.listen({ port: 0, host: "127.0.0.1" });
      port = (service.app.server.address() as AddressInfo).port;
    });

    const exchange = async (request: string): Promise<{ head: string; problem: Problem }> => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.on("error", () => undefined).write(request);
      const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
      return { head, problem: JSON.parse(body) };
    };
    const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}Connection: close\r\n\r\n`;

    const exits: [string, string, string][] = [
      ["the error handler", "POST /v1/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "unauthorized"],
      ["an unknown path", get("/nowhere"), "not-found"],
      ["a path that cannot be decoded", get("/%ff"), "malformed-request"],
      ["a part of a path that is too long", get(`/v1/users/${"x".repeat(200)}`), "uri-too-long"],
      ["a second header Host", get("/health/live", "Host: b\r\n"), "malformed-request"],
      ["a second header Host that is the same", get("/health/live", "Host: a\r\n"), "malformed-request"],
      ["a second header Host on a path that does not exist", get("/nowhere", "Host: b\r\n"), "malformed-request"],
      ["a second key", get("/v1/users", `Authorization: Bearer ${keys.reader}\r\nAuthorization: Bearer ${keys.writer}\r\n`), "unauthorized"],
      ["a request for a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "method-not-allowed"],
      ["another version of HTTP", "GET /health/live HTTP/2.0\r\nHost: a\r\n\r\n", "malformed-request"],
      ["another version of HTTP without a host", "GET /health/live HTTP/2.0\r\n\r\n", "malformed-request"],
      ["a coding beside chunked", `PUT /v1/users/x/data/y HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${keys.writer}\r\n`
        + "Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", "malformed-request"],
      ["a request without the header Host", "GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n", "malformed-request"],
      ["what is not HTTP", "HELLO\r\n\r\n", "malformed-request"],
      ["two lengths of one body", get("/", "Content-Length: 1\r\nContent-Length: 2\r\n"), "malformed-request"],
      ["headers that are too large", get("/", `X-Filler: ${"x".repeat(20_000)}\r\n`), "headers-too-large"],
      ["headers that do not end", "GET / HTTP/1.1\r\nHost: a\r\n", "request-timeout"],
      ["a body that does not end", `POST /v1/users HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${keys.writer}\r\n`
        + "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{", "request-timeout"],
    ];
    for (const [what, request, slug] of exits) {
      it(`answer ${what} with ${slug}`, async () => {
        const { head, problem } = await exchange(request);
        const { status } = problemTypes[slug as keyof typeof problemTypes];
        assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
        assert.match(head, /content-type: application\/problem\+json/i);
        assert.deepEqual({ type: problem.type, status: problem.status }, { type: `/problems/${slug}`, status });
      });
    }

    it("do not repeat a path, which may be personal", async () => {
      const { problem } = await exchange(get("/v1/users/ada%ff"));
      assert.deepEqual([problem.type, problem.detail], ["/problems/malformed-request", "the path cannot be decoded"]);
    });

    it("say whether the connection stays, as every answer does, so that clients do not use one that closes", async () => {
      const { head } = await exchange(get("/nowhere"));
      assert.match(head, /^connection: close$/im);
      const { headers } = await fetch(`http://127.0.0.1:${port}/nowhere`);
      assert.match(headers.get("keep-alive") ?? "", /^timeout=\d+$/);
    });

    for (const host of ["a b", "a/b", "user@a", "a:b", "a:1:2", "[::1", "a, b", "http://a"]) {
      it(`answer the host "${host}" with malformed-request: it is none`, async () => {
        const { problem } = await exchange(get("/health/live").replace("Host: a", `Host: ${host}`));
        assert.equal(problem.type, "/problems/malformed-request");
      });
    }

    for (const host of ["", "a:8080", "10.0.0.1:8080", "[fd00::1]:8080", "xn--bcher-kva.example", "a.example.", ":80"]) {
      it(`do not come of the host "${host}"`, async () => {
        const socket = connect(port, "127.0.0.1");
        socket.write(get("/health/live").replace("Host: a", `Host: ${host}`));
        assert.match(await text(socket), /^HTTP\/1.1 200 OK/);
      });
    }

    it("do not come of HTTP/1.0, which has no header Host", async () => {
      const socket = connect(port, "127.0.0.1");
      socket.write("GET /health/live HTTP/1.0\r\n\r\n");
      assert.match(await text(socket), /^HTTP\/1.1 200 OK/);
    });

    it("carry the headers of every answer, where there is a request to answer", async () => {
      for (const path of ["/nowhere", "/%ff", "/health/live"]) {
        const { headers } = await fetch(`http://127.0.0.1:${port}${path}`);
        assert.equal(headers.get("x-content-type-options"), "nosniff", path);
        assert.equal(headers.get("cache-control"), "no-store", path);
        assert.ok(headers.get("x-request-id"), path);
      }
    });
  });

  describe("of what follows a request on its connection", () => {
    let other: RunningService;
    let port: number;

    before(async () => {
      other = await startService(environment, { REQUEST_TIMEOUT_SECONDS: "1" });
      await other.app.listen({ port: 0, host: "127.0.0.1" });
      port = (other.app.server.address() as AddressInfo).port;
    });
    after(() => other.stop());

    const authorization = `Authorization: Bearer ${keys.writer}\r\n`;
    const list = `GET /v1/users HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`;
    const live = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    const post = (headers: string) =>
      `POST /v1/users HTTP/1.1\r\nHost: a\r\n${headers}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    /** Sends a part, and each of the others when an answer has begun. Returns the statuses in the order they came. */
    const statusesOf = async (...parts: string[]): Promise<number[]> => {
      const socket = connect(port, "127.0.0.1");
      socket.setTimeout(8_000, () => socket.destroy(new Error("the connection stays open")));
      const [first = "", ...rest] = parts;
      socket.on("data", () => rest.length > 0 && socket.write(rest.shift()!)).write(first);
      const answers = (await text(socket)).split(/(?=HTTP\/1\.1 \d)/);
      return answers.map((answer) => Number(answer.split(" ")[1]));
    };

    it("come after the request's own answer, and after those of all before it", async () => {
      assert.deepEqual(await statusesOf(`${list}NOISE\r\n\r\n`), [200, 400]);
      assert.deepEqual(await statusesOf(`${list}${live}${list}NOISE\r\n\r\n`), [200, 200, 200, 400]);
      assert.deepEqual(await statusesOf(`${list}GET /v1/us`), [200, 408]);
      assert.deepEqual(await statusesOf(`${list}CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n`), [200, 405]);
      assert.deepEqual(await statusesOf(`${list}${post(authorization)}zz\r\n`), [200, 400]);
    });

    it("are the answer to a request whose own body is broken", async () => {
      assert.deepEqual(await statusesOf(`${post(authorization)}zz\r\n`), [400]);
    });

    it("do not come when the request was refused before its body broke, or did not end: it has its answer", async () => {
      assert.deepEqual(await statusesOf(post(""), "zz\r\n"), [401]);
      assert.deepEqual(await statusesOf(post("")), [401]);
    });

    it("do not come after a request that two servers could understand differently: its connection ends with its answer", async () => {
      assert.deepEqual(await statusesOf(live.replace("Host: a", "Host: a\r\nHost: b") + live), [400]);
      assert.deepEqual(await statusesOf(`${post(authorization).replace("chunked", "gzip, chunked")}0\r\n\r\n${live}`), [400]);
      assert.deepEqual(await statusesOf(live.replace("Host: a\r\n", "") + live), [400]);
    });

    it("do not come when the answer was the last of its connection", async () => {
      assert.deepEqual(await statusesOf(`${list.replace("Host", "Connection: close\r\nHost")}NOISE\r\n\r\n`), [200]);
    });

    it("do not come behind a request for another protocol: its answer says that nothing more does, since Node dropped it", async () => {
      const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
      for (const path of ["/health/live", "/nowhere", "/%ff"]) {
        const socket = connect(port, "127.0.0.1");
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n${live}`);
        const [answer] = await once(socket, "data") as [Buffer];
        assert.match(answer.toString(), /^connection: close\r$/im, path);
        socket.destroy();
      }
    });

    it("reach a client that goes on to send: a connection closed under it would lose them", async () => {
      const client = connect(port, "127.0.0.1").pause();
      for (let times = 0; times < 3; times += 1) {
        const seen = once(other.app.server, "clientError") as Promise<[Error, Socket]>;
        client.write("NOISE\r\n\r\n");
        const [, socket] = await seen;
        assert.ok(!socket.destroyed, "the connection is closed before the client could read why");
      }
      assert.match(await text(client), /^HTTP\/1\.1 400 /);
    });
  });

  describe("of a body that is too large", () => {
    let other: RunningService;
    let port: number;

    before(async () => {
      other = await startService(environment);
      await other.app.listen({ port: 0, host: "127.0.0.1" });
      port = (other.app.server.address() as AddressInfo).port;
    });
    after(() => other.stop());

    for (const [how, headers] of [["of a known length", { "content-length": 2_000_000 }], ["in chunks", {}]] as const) {
      it(`${how} come over a connection that goes on: a load balancer would see it break, and not the answer`, async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const sockets = new Set<Socket>();
        for (let times = 0; times < 10; times += 1) {
          const request = httpRequest({
            port, agent, method: "POST", path: "/v1/users", headers: { authorization: `Bearer ${keys.writer}`, ...json, ...headers },
          });
          request.once("socket", (socket) => sockets.add(socket));
          request.end(Buffer.alloc(2_000_000, "x"));
          const [response] = await once(request, "response") as [IncomingMessage];
          assert.equal(response.statusCode, 413);
          assert.match(await text(response), /payload-too-large/);
        }
        agent.destroy();
        assert.equal(sockets.size, 1);
      });
    }
  });

  it("of the wrong method say which methods the path has, before the body is looked at", async () => {
    const response = await service.request("PATCH /v1/users", { payload: "<a/>", headers: { "content-type": "text/xml" } });
    assert.equal(response.statusCode, 405);
    assert.equal(response.headers.allow, "GET, HEAD, POST");
    assert.equal(response.json().type, "/problems/method-not-allowed");
  });

  it("of a method that Fastify does not know are the same, on every path that exists and no other", async () => {
    const paths = ["/v1/users?limit=1", "/v1/users/x", "/v1/users/x/data/y", "/problems/timeout", "/openapi.json"];
    for (const path of paths as `/${string}`[]) {
      const [unknown, known] = [await service.request(`PROPFIND ${path}`), await service.request(`TRACE ${path}`)];
      assert.equal(unknown.statusCode, 405, path);
      assert.equal(unknown.headers.allow, known.headers.allow);
      assert.equal(unknown.json().detail, known.json().detail);
    }
    for (const path of ["/", "/v1", "/v1/users/", "/v1/users/x/data/y/z", "/nowhere"] as const) {
      assert.equal((await service.request(`PROPFIND ${path}`)).statusCode, 404, path);
    }
  });

  it("have a type that can be looked up", async () => {
    for (const [slug, { title }] of Object.entries(problemTypes)) {
      const page = await service.request(`GET /problems/${slug}`);
      assert.equal(page.statusCode, 200);
      assert.ok(page.body.startsWith(title));
    }
  });
});
