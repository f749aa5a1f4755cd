import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import { json, text } from "node:stream/consumers";

import { matches } from "../../../offline/stand-ins/health-check";
import { startLoadBalancer, type LoadBalancer, type LoadBalancerArgs } from "../../../offline/stand-ins/load-balancer";
import { close, freePort, listen } from "../../../offline/stand-ins/local-server";
import type { TargetGroupArgs } from "../../../offline/stand-ins/target-group";

const healthCheck: TargetGroupArgs["healthCheck"] = {
  path: "/ready", matcher: "200-299", intervalSeconds: 0.02, timeoutSeconds: 1, healthyThreshold: 2, unhealthyThreshold: 3,
};

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly rawHeaders: string[];
  readonly body: string;
  readonly connection: number;
}

describe("startLoadBalancer", () => {
  const ends: (() => unknown)[] = [];
  let events: EventEmitter;
  let changes: string[];
  let agent: http.Agent;

  async function start(args: Partial<LoadBalancerArgs> = {}): Promise<LoadBalancer> {
    const balancer = await startLoadBalancer({
      idleTimeoutSeconds: 600,
      targetGroup: { deregistrationDelaySeconds: 600, healthCheck },
      onAccess: (record) => events.emit("access", record),
      onTargetChange: ({ id, state }) => {
        changes.push(`${id} ${state}`);
        events.emit("change");
      },
      ...args,
    });
    ends.push(() => balancer.stop());
    return balancer;
  }

  async function changed(change: string, count = 1): Promise<void> {
    while (changes.filter((each) => each === change).length < count) {
      await once(events, "change");
    }
  }

  /** A target that passes its health checks and does with all other requests what the test says. */
  async function target(
    handle: http.RequestListener, isHealthy = (): boolean => true,
  ): Promise<http.Server & { port: number }> {
    const server = http.createServer((request, response) => {
      if (request.url === "/ready") {
        response.writeHead(isHealthy() ? 200 : 503).end();
      } else {
        handle(request, response);
      }
    });
    const port = await listen(server);
    ends.push(() => close(server));
    return Object.assign(server, { port });
  }

  /** A target below HTTP, for each request on each of its connections. */
  async function rawTarget(onRequest: (socket: net.Socket, numberOnConnection: number) => void): Promise<number> {
    const server = net.createServer((socket) => {
      let count = 0;
      socket.on("error", () => undefined).on("data", (bytes) => {
        if (bytes.includes("/ready")) {
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        } else {
          onRequest(socket, count += 1);
        }
      });
    });
    ends.push(() => server.close());
    return listen(server);
  }

  const echo: http.RequestListener = async (request, response) => {
    const { method, url, headers, rawHeaders, socket } = request;
    const body = await text(request);
    response.end(JSON.stringify({ method, url, headers, rawHeaders, body, connection: socket.remotePort }));
  };

  async function echoing(args?: Partial<LoadBalancerArgs>): Promise<LoadBalancer> {
    const balancer = await start(args);
    await balancer.register({ id: "a", port: (await target(echo)).port });
    return balancer;
  }

  function send(balancer: LoadBalancer, options: http.RequestOptions = {}): http.ClientRequest {
    return http.request(balancer.url, { agent, ...options });
  }

  async function answerTo(request: http.ClientRequest): Promise<http.IncomingMessage> {
    const [response] = await once(request, "response") as [http.IncomingMessage];
    return response;
  }

  async function statusOf(balancer: LoadBalancer): Promise<number> {
    const response = await answerTo(send(balancer).end());
    await text(response);
    return response.statusCode!;
  }

  async function echoOf(balancer: LoadBalancer, options?: http.RequestOptions, body?: string): Promise<Echo> {
    return await json(await answerTo(send(balancer, options).end(body))) as Echo;
  }

  /** Sends bytes to the balancer and returns all that comes back until the connection is closed. */
  async function exchangeBytes(balancer: LoadBalancer, bytes: string): Promise<string> {
    return text(net.connect(balancer.port, "127.0.0.1").setEncoding("utf8").on("connect", function (this: net.Socket) {
      this.write(bytes);
    }));
  }

  beforeEach(() => {
    events = new EventEmitter();
    changes = [];
    agent = new http.Agent({ keepAlive: true });
  });

  afterEach(async () => {
    agent.destroy();
    await Promise.all(ends.splice(0).map((end) => end()));
  });

  describe("forwards", () => {
    it("method, path, headers and body as they are", async () => {
      const path = "//x/../y/%2e?a=1?b=%20&c";
      const headers = { "Host": "accounts.example.com", "X-Twice": ["1", "2"] };
      const seen = await echoOf(await echoing(), { method: "PUT", path, headers }, "the body");
      assert.deepEqual([seen.method, seen.url, seen.body], ["PUT", path, "the body"]);
      assert.equal(seen.headers["host"], "accounts.example.com");
      assert.equal(seen.rawHeaders.filter((name) => name === "X-Twice").length, 2);
    });

    it("status and headers of the answer, but not those of the target's connection", async () => {
      const { port } = await target((_request, response) => {
        response.writeHead(418, "Short and stout", ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Keep-Alive", "timeout=7"]).end();
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const response = await answerTo(send(balancer).end());
      assert.deepEqual([response.statusCode, response.statusMessage], [418, "Short and stout"]);
      assert.deepEqual(response.headers["set-cookie"], ["a=1", "b=2"]);
      assert.ok(!response.headers["keep-alive"]?.includes("timeout=7"));
      response.resume();
    });

    it("who the client is, how it came, and a trace id", async () => {
      const balancer = await echoing();
      const { headers } = await echoOf(balancer, {
        headers: { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "70" },
      });
      assert.equal(headers["x-forwarded-for"], "203.0.113.7, 127.0.0.1");
      assert.deepEqual([headers["x-forwarded-proto"], headers["x-forwarded-port"]], ["http", String(balancer.port)]);
      assert.match(headers["x-amzn-trace-id"]!, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
      assert.equal((await echoOf(balancer)).headers["x-forwarded-for"], "127.0.0.1");
    });

    it("the protocol and the port that clients are said to use", async () => {
      const { headers } = await echoOf(await echoing({ clientProtocol: "HTTPS", clientPort: 443 }));
      assert.deepEqual([headers["x-forwarded-proto"], headers["x-forwarded-port"]], ["https", "443"]);
    });

    it("a client's trace id with its own part before it", async () => {
      const { headers } = await echoOf(await echoing(), { headers: { "X-Amzn-Trace-Id": "Root=1-67891233-abc" } });
      assert.match(headers["x-amzn-trace-id"]!, /^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abc$/);
    });

    it("requests over connections that stay open, whatever the client's or the target's hints say", async () => {
      const balancer = await start();
      const server = await target(echo);
      // Node's agent keeps no connection whose server announces to close it within a second.
      server.keepAliveTimeout = 1_000;
      await balancer.register({ id: "a", port: server.port });
      const first = await echoOf(balancer, { agent: false, headers: { Connection: "close" } });
      assert.equal(first.headers["connection"], "keep-alive");
      assert.equal((await echoOf(balancer)).connection, first.connection);
    });

    it("the body of a DELETE as its body, not as another request", async () => {
      const body = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
      const headers = { "Transfer-Encoding": "chunked" };
      const seen = await echoOf(await echoing(), { method: "DELETE", path: "/users/1", headers }, body);
      assert.deepEqual([seen.method, seen.body], ["DELETE", body]);
    });

    it("requests without a body as such", async () => {
      const balancer = await echoing();
      for (const [method, length] of [["GET", undefined], ["DELETE", undefined], ["POST", "0"]] as const) {
        const answer = await exchangeBytes(balancer, `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        const { headers } = JSON.parse(/\{.*\}/.exec(answer)![0]) as Echo;
        assert.equal(headers["content-length"], length);
        assert.equal(headers["transfer-encoding"], undefined);
      }
    });

    it("an answer while it is made", async () => {
      const { port } = await target((_request, response) => {
        response.flushHeaders();
        events.once("go on", () => response.write("first"));
        events.once("end", () => response.end("last"));
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const response = await answerTo(send(balancer).end());
      events.emit("go on");
      const [first] = await once(response, "data") as [Buffer];
      assert.equal(first.toString(), "first");
      events.emit("end");
      assert.equal(await text(response), "last");
    });

    it("a request while it is sent", async () => {
      const { port } = await target((request, response) => {
        request.once("data", () => events.emit("first"));
        request.on("end", () => response.end());
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const request = send(balancer, { method: "POST" });
      const first = once(events, "first");
      request.write("first");
      await first;
      assert.equal((await answerTo(request.end("last"))).resume().statusCode, 200);
    });

    it("the end of a client that goes away", async () => {
      const { port } = await target((_request, response) => {
        response.once("close", () => events.emit("target knows"));
        events.emit("asked");
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const [asked, targetKnows, accessed] = ["asked", "target knows", "access"].map((event) => once(events, event));
      const request = send(balancer).on("error", () => undefined).end();
      await asked;
      request.destroy();
      await targetKnows;
      assert.deepEqual((await accessed as [{ status: number }])[0].status, 460);
    });

    it("the end of a target in the middle of an answer", async () => {
      const port = await rawTarget((socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", () => socket.destroy());
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const response = await answerTo(send(balancer).end());
      assert.equal(response.statusCode, 200);
      await assert.rejects(text(response), { code: "ECONNRESET" });
    });
  });

  describe("answers itself", () => {
    it("503 without targets, and while none has passed a check", async () => {
      const balancer = await start();
      const response = await answerTo(send(balancer).end());
      assert.deepEqual([response.statusCode, response.headers["server"]], [503, "awselb/2.0"]);
      assert.match(await text(response), /<h1>503 Service Unavailable<\/h1>/);
      void balancer.register({ id: "a", port: (await target(echo, () => false)).port });
      assert.equal(await statusOf(balancer), 503);
    });

    it("502 for a target that refuses connections", async () => {
      const balancer = await start();
      void balancer.register({ id: "a", port: await freePort() });
      await changed("a unhealthy");
      assert.equal(await statusOf(balancer), 502);
    });

    it("502 for a target that closes, resets, or answers something else than HTTP", async () => {
      const ways: ((socket: net.Socket) => unknown)[] = [
        (socket) => socket.end(), (socket) => socket.resetAndDestroy(), (socket) => socket.write("hello\r\n\r\n"),
      ];
      for (const way of ways) {
        const balancer = await start();
        await balancer.register({ id: "a", port: await rawTarget(way) });
        assert.equal(await statusOf(balancer), 502);
      }
    });

    it("502, and asks nobody again, when a kept connection is closed under a request", async () => {
      const requests: number[] = [];
      const port = await rawTarget((socket, numberOnConnection) => {
        requests.push(numberOnConnection);
        if (numberOnConnection === 1) {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        } else {
          socket.resetAndDestroy();
        }
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      assert.equal(await statusOf(balancer), 200);
      assert.equal(await statusOf(balancer), 502);
      assert.deepEqual(requests, [1, 2]);
    });

    it("502 in the middle of an upload, and takes the next request on that connection", async () => {
      const port = await rawTarget((socket) => socket.resetAndDestroy());
      const balancer = await start();
      await balancer.register({ id: "a", port });
      const request = send(balancer, { method: "POST" });
      request.write("first");
      const response = await answerTo(request);
      assert.equal(response.statusCode, 502);
      await text(response);
      request.end("x".repeat(1_000_000));
      await once(request, "close");
      assert.equal(await statusOf(balancer), 502);
    });

    it("504 for a target that does not answer within the idle timeout", async () => {
      const balancer = await start({ idleTimeoutSeconds: 0.1 });
      await balancer.register({ id: "a", port: (await target(() => undefined)).port });
      assert.equal(await statusOf(balancer), 504);
    });

    it("408 for a client that does not send on within the idle timeout", async () => {
      const balancer = await start({ idleTimeoutSeconds: 0.1 });
      await balancer.register({ id: "a", port: (await target(echo)).port });
      const request = send(balancer, { method: "POST" });
      request.write("first");
      assert.equal((await answerTo(request)).resume().statusCode, 408);
      request.destroy();
    });
  });

  describe("chooses", () => {
    async function answering(id: string, isHealthy?: () => boolean): Promise<number> {
      return (await target((_request, response) => response.end(id), isHealthy)).port;
    }

    async function answers(balancer: LoadBalancer, count: number): Promise<string> {
      const bodies: string[] = [];
      for (let index = 0; index < count; index += 1) {
        bodies.push(await text(await answerTo(send(balancer).end())));
      }
      return bodies.join("");
    }

    it("healthy targets in turn", async () => {
      const balancer = await start();
      await Promise.all(["a", "b", "c"].map(async (id) => balancer.register({ id, port: await answering(id) })));
      const order = await answers(balancer, 6);
      assert.equal(order.slice(0, 3), order.slice(3));
      assert.deepEqual([...order.slice(0, 3)].sort(), ["a", "b", "c"]);
    });

    it("no target that is unhealthy or new, while another one is healthy", async () => {
      const balancer = await start();
      await balancer.register({ id: "a", port: await answering("a") });
      void balancer.register({ id: "b", port: await answering("b", () => false) });
      assert.equal(await answers(balancer, 4), "aaaa");
      await changed("b unhealthy");
      assert.equal(await answers(balancer, 4), "aaaa");
    });

    it("unhealthy ones when there are no others", async () => {
      const balancer = await start();
      for (const id of ["a", "b"]) {
        void balancer.register({ id, port: await answering(id, () => false) });
      }
      await Promise.all([changed("a unhealthy"), changed("b unhealthy")]);
      assert.deepEqual([...await answers(balancer, 4)].sort(), ["a", "a", "b", "b"]);
    });
  });

  describe("checks", () => {
    it("take the first passed one for health, and change the mind at the thresholds", async () => {
      let healthy = true;
      let checks = 0;
      const { port } = await target(echo, () => {
        checks += 1;
        return healthy;
      });
      const balancer = await start();
      await balancer.register({ id: "a", port });
      assert.equal(checks, 1);
      for (const [state, threshold] of [["unhealthy", 3], ["healthy", 2]] as const) {
        healthy = state === "healthy";
        checks = 0;
        await changed(`a ${state}`, state === "healthy" ? 2 : 1);
        assert.equal(checks, threshold);
      }
      assert.deepEqual(changes, ["a initial", "a healthy", "a unhealthy", "a healthy"]);
    });

    it("begin anew to count after a different result", async () => {
      const results = [true, false, true, false, false, true, false, false, false];
      let checks = 0;
      const { port } = await target(echo, () => results[checks++] ?? false);
      const balancer = await start();
      await balancer.register({ id: "a", port });
      await changed("a unhealthy");
      assert.equal(checks, results.length);
    });

    it("say why a target is not healthy", async () => {
      const balancer = await start({
        targetGroup: { deregistrationDelaySeconds: 600, healthCheck: { ...healthCheck, timeoutSeconds: 0.05 } },
      });
      void balancer.register({ id: "code", port: (await target(echo, () => false)).port });
      void balancer.register({ id: "refused", port: await freePort() });
      void balancer.register({ id: "slow", port: await listen(silent()) });
      await Promise.all(["code", "refused", "slow"].map((id) => changed(`${id} unhealthy`)));
      assert.deepEqual(Object.fromEntries(balancer.targets.map(({ id, description }) => [id, description])), {
        code: "Health checks failed with these codes: [503]",
        refused: "Health checks failed",
        slow: "Request timed out",
      });
    });

    function silent(): net.Server {
      const sockets: net.Socket[] = [];
      const server = net.createServer((socket) => sockets.push(socket.on("error", () => undefined)));
      ends.push(() => {
        server.close();
        sockets.forEach((socket) => socket.destroy());
      });
      return server;
    }

    it("read a matcher as AWS does", () => {
      const all = [200, 201, 204, 299, 300, 404];
      const codes = (matcher: string): number[] => all.filter((code) => matches(matcher, code));
      assert.deepEqual(codes("200"), [200]);
      assert.deepEqual(codes("200,404"), [200, 404]);
      assert.deepEqual(codes("200-299"), [200, 201, 204, 299]);
      assert.deepEqual(codes("200-201,300"), [200, 201, 300]);
    });
  });

  describe("deregisters", () => {
    async function holding(): Promise<number> {
      return (await target((_request, response) => {
        response.write("first");
        events.once("go on", () => response.end("last"));
      })).port;
    }

    it("at once a target that has nothing to do, with its connections", async () => {
      const balancer = await start();
      const server = await target(echo);
      await balancer.register({ id: "a", port: server.port });
      const [socket] = (await Promise.all([once(server, "connection"), echoOf(balancer)]))[0] as [net.Socket];
      const closed = once(socket, "close");
      await balancer.deregister("a");
      await closed;
      assert.deepEqual(balancer.targets, []);
      assert.equal(await statusOf(balancer), 503);
    });

    it("a target only when its open requests are answered, and sends it no new ones", async () => {
      const balancer = await start();
      await balancer.register({ id: "a", port: await holding() });
      const response = await answerTo(send(balancer).end());
      let done = false;
      const deregistered = balancer.deregister("a").then(() => {
        done = true;
      });
      assert.equal(await statusOf(balancer), 503);
      assert.deepEqual([done, balancer.targets[0]?.state], [false, "draining"]);
      events.emit("go on");
      assert.equal(await text(response), "firstlast");
      await deregistered;
      assert.deepEqual(balancer.targets, []);
    });

    it("a target whose requests take longer than the delay, and breaks them off", async () => {
      const balancer = await start({ targetGroup: { deregistrationDelaySeconds: 0.05, healthCheck } });
      await balancer.register({ id: "a", port: await holding() });
      const response = await answerTo(send(balancer).end());
      await Promise.all([balancer.deregister("a"), assert.rejects(text(response), { code: "ECONNRESET" })]);
    });

    it("a target that never became healthy, and lets nobody wait for it", async () => {
      const balancer = await start();
      const registered = balancer.register({ id: "a", port: await freePort() });
      await balancer.deregister("a");
      await registered;
      await balancer.deregister("a");
    });
  });

  it("keeps an access log", async () => {
    const balancer = await echoing();
    const accessed = once(events, "access");
    const { headers } = await echoOf(balancer, { method: "POST", path: "/users?a=1" }, "{}");
    await accessed;
    const [{ at, milliseconds, ...record } = assert.fail()] = balancer.accessLog;
    assert.deepEqual(record, {
      targetId: "a", method: "POST", path: "/users?a=1", status: 200, traceId: headers["x-amzn-trace-id"],
    });
    assert.ok(at instanceof Date && milliseconds >= 0 && milliseconds < 60_000);
  });

  it("breaks off what is open when it stops, and can be stopped twice", async () => {
    const balancer = await start();
    const { port } = await target((_request, response) => response.write("first"));
    await balancer.register({ id: "a", port });
    const response = await answerTo(send(balancer).end());
    await Promise.all([balancer.stop(), balancer.stop(), assert.rejects(text(response), { code: "ECONNRESET" })]);
    await balancer.stop();
  });
});
