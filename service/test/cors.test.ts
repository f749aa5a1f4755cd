import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { LightMyRequestResponse } from "fastify";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { OPENAPI_FILE, readDocument } from "./support/openapi.ts";
import { buildService, Program } from "./support/process.ts";
import { apiKeysSecret, keys, startService, type RunningService } from "./support/service.ts";

const allowed = "https://app.example.com";
const listOf = (value: unknown) => String(value).toLowerCase().split(", ");
const corsHeaders = ({ headers }: LightMyRequestResponse) =>
  Object.keys(headers).filter((name) => name.startsWith("access-control-"));

describe("CORS", () => {
  let environment: TestEnvironment;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  after(() => environment.stop());

  describe("with origins", () => {
    let service: RunningService;

    before(async () => {
      service = await startService(environment, {
        CORS_ORIGINS: `http://localhost:3000,${allowed}`, WRITES_PER_MINUTE: "1", DATABASE_STATEMENT_TIMEOUT_SECONDS: "0.3",
      });
    });
    after(() => service.stop());

    const preflight = (path: string, origin: string, method = "PUT") => service.app.inject({
      method: "OPTIONS", url: path, headers: { origin, "access-control-request-method": method, "access-control-request-headers": "authorization" },
    });

    it("answers the preflight of every route of the API, without a key", async () => {
      const paths = Object.keys(readDocument<{ paths: object }>(OPENAPI_FILE).paths).filter((path) => path.startsWith("/v1"));
      assert.ok(paths.length >= 4, "the document lists the routes");
      for (const path of paths) {
        const response = await preflight(path.replaceAll(/\{\w+\}/g, "x"), allowed);
        assert.equal(response.statusCode, 204, path);
        assert.equal(response.headers["access-control-allow-origin"], allowed);
        assert.deepEqual(listOf(response.headers["access-control-allow-methods"]),
          ["get", "head", "post", "put", "patch", "delete"]);
        assert.deepEqual(listOf(response.headers["access-control-allow-headers"]),
          ["authorization", "content-type", "if-match", "if-none-match", "idempotency-key"]);
        assert.equal(response.headers["access-control-max-age"], "7200");
        assert.equal(response.headers["access-control-allow-credentials"], undefined);
        assert.equal(response.headers.vary, "Origin");
      }
    });

    it("allows each of the origins, and lets the page read what it needs", async () => {
      for (const origin of ["http://localhost:3000", allowed]) {
        const { headers } = await service.request("GET /v1/users", { headers: { origin } });
        assert.equal(headers["access-control-allow-origin"], origin);
        assert.deepEqual(listOf(headers["access-control-expose-headers"]), [
          "etag", "location", "retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-request-id",
        ]);
      }
    });

    it("lets the page read errors as well, which a browser would otherwise report as a broken network", async () => {
      const headers = { origin: allowed };
      await environment.query("ALTER TABLE users RENAME TO hidden");
      const responses = [
        await service.request("GET /v1/users", { key: null, headers }),
        await service.request("DELETE /v1/users/x", { key: keys.reader, headers }),
        await service.request("GET /nowhere", { headers }),
        await service.request("PATCH /v1/users/x/data", { headers }),
        await service.request("GET /v1/users", { headers }),
        await service.request("DELETE /v1/users/x", { headers }),
        await service.request("DELETE /v1/users/x", { headers }),
      ];
      await environment.query("ALTER TABLE hidden RENAME TO users");
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      responses.push(await service.request("GET /v1/users", { headers }));
      await session.end();

      assert.deepEqual(responses.map(({ statusCode }) => statusCode), [401, 403, 404, 405, 500, 400, 429, 503]);
      for (const response of responses) {
        assert.equal(response.headers["access-control-allow-origin"], allowed, String(response.statusCode));
      }
    });

    it("lets the page read what Fastify answers without its hooks, as all else", async () => {
      const headersOf = async (path: `/${string}`, origin: string) => {
        const { headers } = await service.request(`GET ${path}`, { headers: { origin } });
        return Object.entries(headers).filter(([name]) => name.startsWith("access-control-") || name === "vary").sort();
      };
      for (const origin of [allowed, "https://other.example.com"]) {
        const usual = await headersOf("/v1/users", origin);
        assert.equal(usual.length, origin === allowed ? 3 : 1);
        assert.deepEqual(await headersOf("/%ff", origin), usual);
        assert.deepEqual(await headersOf(`/v1/users/${"x".repeat(200)}`, origin), usual);
      }
    });

    for (const origin of ["https://other.example.com", "https://app.example.com.evil.example", "http://app.example.com", "null"]) {
      it(`says nothing to ${origin}, but that the answer depends on the origin`, async () => {
        const refused = await preflight("/v1/users", origin);
        assert.equal(refused.statusCode, 405);
        const answered = await service.request("GET /v1/users", { headers: { origin } });
        assert.equal(answered.statusCode, 200);
        for (const response of [refused, answered]) {
          assert.deepEqual(corsHeaders(response), []);
          assert.equal(response.headers.vary, "Origin");
        }
      });
    }

    it("leaves other OPTIONS requests what they were: a method that no path has, and no path", async () => {
      const options = { headers: { origin: allowed }, key: null };
      const response = await service.request("OPTIONS /v1/users", options);
      assert.equal(response.statusCode, 405);
      assert.equal(response.headers["content-type"], "application/problem+json; charset=utf-8");
      assert.equal((await service.request("OPTIONS /nowhere", options)).statusCode, 404);
      assert.equal((await service.request("POST /nowhere", options)).statusCode, 404);
      // No method is asked for either when the header is empty.
      const empty = { key: null, headers: { origin: allowed, "access-control-request-method": "" } };
      assert.equal((await service.request("OPTIONS /v1/users", empty)).statusCode, 405);
    });
  });

  it("is not there without origins", async () => {
    const service = await startService(environment);
    const response = await service.request("GET /v1/users", { headers: { origin: allowed } });
    assert.deepEqual([...corsHeaders(response), response.headers.vary], [undefined]);
    assert.equal((await service.request("OPTIONS /v1/users", {
      key: null, headers: { origin: allowed, "access-control-request-method": "GET" },
    })).statusCode, 405);
    assert.equal((await service.request("GET /%ff", { headers: { origin: allowed } })).headers.vary, undefined);
    await service.stop();
  });

  it("costs nothing without origins: its code is a file of its own, which the program does not look at then", async () => {
    await environment.putSecret(arns.apiKeys, apiKeysSecret);
    const [build, port] = await Promise.all([buildService(), freePort()]);
    const serve = async (CORS_ORIGINS: string): Promise<number> => {
      const server = new Program(build, "server.mjs", { ...environment.variables, PORT: String(port), CORS_ORIGINS });
      try {
        await server.logged("started");
        const headers = { "origin": allowed, "access-control-request-method": "GET" };
        return (await fetch(`http://127.0.0.1:${port}/v1/users`, { method: "OPTIONS", headers })).status;
      } finally {
        server.signal("SIGKILL");
        await server.ended;
      }
    };
    try {
      const code = readdirSync(build.folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".mjs"))
        .filter((file) => readFileSync(join(build.folder, file), "utf8").includes("Invalid Preflight Request"));
      assert.equal(code.length, 1, code.join());
      assert.match(code[0]!, /^chunks\/cors-/);
      assert.equal(await serve(allowed), 204);
      rmSync(join(build.folder, code[0]!));
      assert.equal(await serve("none"), 405);
    } finally {
      build.remove();
    }
  });
});
