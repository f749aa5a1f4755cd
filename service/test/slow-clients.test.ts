import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { keys, startService, type RunningService } from "./support/service.ts";

const SOCKETS = 1_000;
const REQUEST_TIMEOUT_SECONDS = 1;
/** The limit, how often Node looks for sockets over it, the time a refused client has to go, and a busy machine. */
const LONGEST_MILLISECONDS = (REQUEST_TIMEOUT_SECONDS + 1 + 1) * 1_000 + 5_000;

const authorization = `Authorization: Bearer ${keys.writer}\r\n`;
const start = (line: string, headers = "") => `${line} HTTP/1.1\r\nHost: a\r\n${authorization}${headers}`;
const json = "Content-Type: application/json\r\n";

/** What each kind of slow client sends at once, and what it goes on to send in drops. */
const kinds = {
  "never begin a request": ["", ""],
  "never end their headers": [start("GET /v1/users"), "X-Drop: 1\r\n"],
  "never end a body of a known length": [start("POST /v1/users", `${json}Content-Length: 60000\r\n\r\n`), " "],
  "never end a body in chunks": [start("POST /v1/users", `${json}Transfer-Encoding: chunked\r\n\r\n`), "1\r\n \r\n"],
  "never end a body that was refused": ["POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n", " "],
} as const;
const names = Object.keys(kinds) as (keyof typeof kinds)[];

describe("slow clients", function () {
  this.timeout(60_000);
  let environment: TestEnvironment;
  let service: RunningService;
  let port: number;
  let sockets: Socket[];

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  beforeEach(async () => {
    sockets = [];
    service = await startService(environment, { REQUEST_TIMEOUT_SECONDS: String(REQUEST_TIMEOUT_SECONDS) });
    await service.app.listen({ port: 0, host: "127.0.0.1" });
    port = (service.app.server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    sockets.forEach((socket) => socket.destroy());
    await service.stop();
  });
  after(() => environment.stop());

  /** A client that does not close its side either, whatever it is told. */
  const open = async (kind: keyof typeof kinds): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const [head, drop] = kinds[kind];
    socket.write(head);
    const dropping = setInterval(() => socket.write(drop), 500);
    socket.once("close", () => clearInterval(dropping));
    return socket;
  };
  const connections = () => new Promise<number>((resolve, reject) => {
    service.app.server.getConnections((error, count) => error === null ? resolve(count) : reject(error));
  });
  /** Until there is one connection: that of a client which is not slow, and served all along. */
  const untilAlone = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const headers = { authorization: `Bearer ${keys.writer}` };
    const latest = performance.now() + LONGEST_MILLISECONDS;
    for (let count = Infinity; count > 1; count = await connections()) {
      assert.ok(performance.now() < latest, `${count - 1} slow clients are still connected after ${LONGEST_MILLISECONDS} ms`);
      const [response] = await once(get({ port, agent, path: "/v1/users", headers }), "response") as [IncomingMessage];
      assert.equal(response.statusCode, 200, "a client that is not slow has to be served meanwhile");
      await response.toArray();
    }
    agent.destroy();
  };

  it(`are sent away, ${SOCKETS} at once, and another client is served meanwhile`, async () => {
    const accepted = new Promise<void>((resolve) => {
      let count = 0;
      service.app.server.on("connection", () => void (++count === SOCKETS && resolve()));
    });
    await Promise.all(Array.from({ length: SOCKETS }, (_, index) => open(names[index % names.length]!)));
    await accepted;
    await untilAlone();
  });

  it("are told why", async () => {
    await Promise.all(names.map(async (kind) => {
      const answer = await text(await open(kind));
      // Who was refused has been told; a second answer would be one to a request that nobody sent.
      const [status, slug] = kind === "never end a body that was refused" ? [401, "unauthorized"] : [408, "request-timeout"];
      assert.deepEqual(answer.match(/(?<=HTTP\/1\.1 )\d+/g), [String(status)], `clients that ${kind}`);
      assert.match(answer, new RegExp(`"/problems/${slug}"`));
      assert.match(answer, /strict-transport-security: [^]*x-request-id: /);
    }));
  });

  for (const [what, end] of [
    ["", ""], [", before noise", "NOISE\r\n\r\n"], [", before a request for a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ] as const) {
    it(`are sent away when they do not read their answers${what}`, async () => {
      const other = await startService(environment, { KEEP_ALIVE_TIMEOUT_SECONDS: "1", REQUEST_TIMEOUT_SECONDS: "1" });
      await environment.query(`
        INSERT INTO users (email, name, attributes)
        SELECT i || '@example.com', 'Ada', jsonb_build_object('a', repeat('x', 8000)) FROM generate_series(1, 100) i`);
      await other.app.listen({ port: 0, host: "127.0.0.1" });
      const accepted = once(other.app.server, "connection") as Promise<[Socket]>;
      const client = connect((other.app.server.address() as AddressInfo).port, "127.0.0.1").pause();
      sockets.push(client);
      // More than the buffers of the system between the two take.
      client.on("error", () => undefined).write(start("GET /v1/users?limit=100", "\r\n").repeat(40) + end);
      const [socket] = await accepted;
      const closed = once(socket, "close");

      const late = setTimeout(LONGEST_MILLISECONDS, "late", { ref: false });
      const outcome = await Promise.race([closed, late]);
      socket.destroy();
      await other.stop();
      await environment.query("TRUNCATE users CASCADE");
      assert.notEqual(outcome, "late", `a client that does not read is still connected after ${LONGEST_MILLISECONDS} ms`);
    });
  }

  it("do not keep the service from closing", async () => {
    await text(await open("never begin a request"));
    const closed = service.app.close();
    const late = setTimeout(LONGEST_MILLISECONDS, "late", { ref: false });
    assert.notEqual(await Promise.race([closed, late]), "late", "the service waits for a socket it has refused");
  });
});
