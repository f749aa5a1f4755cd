import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { keys, shareService } from "./support/service.ts";

const fixed = {
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};
const host = "Host: a\r\n";
const authorization = `Authorization: Bearer ${keys.writer}\r\n`;
const write = `DELETE /v1/users/x HTTP/1.1\r\n${host}${authorization}`;
const preflight = "Origin: https://app.example.com\r\nAccess-Control-Request-Method: PUT\r\n";

/** One answer of each way there is to an answer, as it is on the wire. */
const answers: [string, number, string][] = [
  ["data", 200, `GET /v1/users HTTP/1.1\r\n${host}${authorization}`],
  ["the headers of data", 200, `HEAD /v1/users HTTP/1.1\r\n${host}${authorization}`],
  ["a health check", 200, `GET /health/live HTTP/1.1\r\n${host}`],
  ["a request that expects what HTTP does not know", 200, `GET /health/live HTTP/1.1\r\n${host}Expect: more\r\n`],
  ["HTTP/1.0, which has no Host", 200, "GET /health/live HTTP/1.0\r\n"],
  ["a preflight", 204, `OPTIONS /v1/users HTTP/1.1\r\n${host}${preflight}`],
  ["a request that is not valid", 400, write],
  ["a request with two hosts", 400, `GET /health/live HTTP/1.1\r\n${host}Host: b\r\n`],
  ["a request without a host", 400, "GET /health/live HTTP/1.1\r\n"],
  ["a path that cannot be decoded", 400, `GET /%ff HTTP/1.1\r\n${host}`],
  ["what is not HTTP", 400, "HELLO\r\n"],
  ["a request without a key", 401, `GET /v1/users HTTP/1.1\r\n${host}`],
  ["a path that does not exist", 404, `GET /nowhere HTTP/1.1\r\n${host}`],
  ["a method that does not exist", 405, `TRACE /v1/users HTTP/1.1\r\n${host}`],
  ["a request for a tunnel", 405, `CONNECT a:443 HTTP/1.1\r\n${host}`],
  ["a path that is too long", 414, `GET /v1/users/${"x".repeat(200)} HTTP/1.1\r\n${host}${authorization}`],
  ["a write too many", 429, write],
  ["headers that are too large", 431, `GET / HTTP/1.1\r\n${host}X-Filler: ${"x".repeat(20_000)}\r\n`],
  ["an error of the service", 500, `GET /v1/users?limit=1 HTTP/1.1\r\n${host}${authorization}`],
];

describe("the headers of every answer", () => {
  const { environment, service } = shareService({ CORS_ORIGINS: "https://app.example.com", WRITES_PER_MINUTE: "1" });
  let port: number;

  before(async () => {
    await service.app.listen({ port: 0, host: "127.0.0.1" });
    port = (service.app.server.address() as AddressInfo).port;
  });

  const headOf = async (request: string): Promise<string[]> => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => undefined).write(`${request}Connection: close\r\n\r\n`);
    return (await text(socket)).split("\r\n\r\n")[0]!.split("\r\n");
  };

  for (const [what, status, request] of answers) {
    it(`are there when it is ${status}, to ${what}`, async () => {
      if (status === 500) {
        await environment.query("ALTER TABLE users RENAME TO hidden");
      }
      const [first, ...lines] = await headOf(request);
      if (status === 500) {
        await environment.query("ALTER TABLE hidden RENAME TO users");
      }
      assert.equal(Number(first!.split(" ")[1]), status, first);
      const headers = new Map(lines.map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
      }));
      assert.deepEqual(Object.fromEntries(Object.keys(fixed).map((name) => [name, headers.get(name)])), fixed);
      assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    });
  }
});
