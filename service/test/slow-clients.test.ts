import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";

import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { keys, startService, type RunningService } from "./support/service.ts";

const SOCKETS = 1_000;
const REQUEST_TIMEOUT_SECONDS = 2;
/** The limit, how often Node looks for sockets over it, and the time a refused client has to go. */
const LONGEST_MILLISECONDS = (REQUEST_TIMEOUT_SECONDS + 2 + 1) * 1_000;
/** For a machine that has other things to do. */
const ALLOWANCE_MILLISECONDS = 3_000;

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
    socket.on("error", () => undefined).resume();
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
  const untilAlone = async (): Promise<void> => {
    while (await connections() > 1) {
      const { status } = await fetch(`http://127.0.0.1:${port}/v1/users`, { headers: { authorization: `Bearer ${keys.writer}` } });
      assert.equal(status, 200, "a client that is not slow has to be served meanwhile");
    }
  };

  it(`are sent away, ${SOCKETS} at once, and another client is served meanwhile`, async () => {
    const names = Object.keys(kinds) as (keyof typeof kinds)[];
    const accepted = new Promise<void>((resolve) => {
      let count = 0;
      service.app.server.on("connection", () => void (++count === SOCKETS && resolve()));
    });
    await Promise.all(Array.from({ length: SOCKETS }, (_, index) => open(names[index % names.length]!)));
    await accepted;
    const began = performance.now();
    await untilAlone();
    const took = Math.round(performance.now() - began);
    assert.ok(took < LONGEST_MILLISECONDS + ALLOWANCE_MILLISECONDS, `the last one was there for ${took} ms`);
  });

  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    it(`are told why when they ${kind}, and do not keep the socket`, async () => {
      const socket = await open(kind);
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      await once(socket, "end");
      assert.match(answer, /HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.match(answer, /"\/problems\/request-timeout"/);
      await untilAlone();
    });
  }

  it("do not keep the service from closing", async () => {
    const socket = await open("never begin a request");
    await once(socket, "end");
    await service.app.close();
  });
});
