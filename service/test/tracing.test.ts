import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import { createLog } from "../src/log.ts";
import { Tracing } from "../src/tracing.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startCollector, type Collector } from "./support/otlp.ts";
import { buildService, Program, type Build } from "./support/process.ts";
import { apiKeysSecret, keys, startService, type RunningService } from "./support/service.ts";

const nobody = "/v1/users/00000000-0000-7000-8000-000000000000";
const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const traceparent = (sampled: boolean) => `00-${parent.traceId}-${parent.spanId}-0${Number(sampled)}`;

describe("tracing", () => {
  let environment: TestEnvironment;
  let collector: Collector;
  let service: RunningService;
  let lines: string[];

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  after(() => environment.stop());
  beforeEach(async () => {
    lines = [];
    collector = await startCollector();
  });
  afterEach(async () => {
    await service.stop();
    await collector.stop();
    Object.keys(process.env).filter((name) => name.startsWith("OTEL_")).forEach((name) => delete process.env[name]);
  });

  /** Stopping sends what there is, so spans are complete after `service.stop`. */
  const start = async (variables: Record<string, string> = {}, endpoint = collector.url): Promise<void> => {
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...variables });
    const log = createLog("accounts", "info", { write: (line) => void lines.push(line) });
    service = await startService(environment, {}, log, new Tracing(log));
    lines.length = 0;
  };

  it("sends a span of the request, by its route, and under it one of each statement, by its name", async () => {
    await start();
    assert.equal((await service.request(`GET ${nobody}?x=secret-query`)).statusCode, 404);
    await service.stop();
    const [statement, request] = collector.spans;

    assert.equal(collector.spans.length, 2);
    assert.deepEqual([request!.name, request!.kind, request!.parentSpanId], ["GET /v1/users/:id", 2, ""]);
    assert.deepEqual(request!.attributes, {
      "http.request.method": "GET", "http.route": "/v1/users/:id", "url.scheme": "http", "http.response.status_code": 404n,
    });
    assert.deepEqual([statement!.name, statement!.kind, statement!.traceId, statement!.parentSpanId],
      ["find-user", 3, request!.traceId, request!.spanId]);
    assert.deepEqual(statement!.attributes, { "db.system.name": "postgresql", "db.query.summary": "find-user" });
    assert.equal(request!.resource["service.name"], "accounts");
    assert.deepEqual([request!.status, statement!.status], [{ code: 0, message: "" }, { code: 0, message: "" }]);
  });

  it("keeps the statements of a request with a body under it", async () => {
    await start();
    const payload = { email: "secret-a@example.com", name: "a" };
    const url = await service.app.listen({ host: "127.0.0.1", port: 0 });
    const headers = { "authorization": `Bearer ${keys.writer}`, "content-type": "application/json" };
    const sent = request(`${url}/v1/users`, { method: "POST", headers, agent: false });
    sent.flushHeaders();
    // What arrives later arrives in another context, which Fastify has to change back.
    await once(service.app.server, "request");
    sent.end(JSON.stringify(payload));
    const [response] = await once(sent, "response") as [IncomingMessage];
    await once(response.resume(), "end");
    await service.stop();

    const [statement, whole] = collector.spans;
    assert.deepEqual([statement?.name, statement?.parentSpanId, whole?.name], ["insert-user", whole?.spanId, "POST /v1/users"]);
  });

  it("shows what a transaction consists of", async () => {
    await start();
    const payload = { email: "d@example.com", name: "d" };
    await service.request("POST /v1/users", { headers: { "idempotency-key": "of-the-transaction" }, payload });
    await service.stop();
    const nameOf = new Map(collector.spans.map(({ spanId, name }) => [spanId, name]));

    assert.deepEqual(collector.spans.map(({ name, parentSpanId }) => [name, nameOf.get(parentSpanId)]), [
      ["claim-idempotency-key", "create-user-once"],
      ["insert-user", "create-user-once"],
      ["settle-idempotency-key", "create-user-once"],
      ["create-user-once", "POST /v1/users"],
      ["POST /v1/users", undefined],
    ]);
  });

  it("holds no personal data, no keys and no messages of errors, whatever happens", async () => {
    await start();
    const payload = { email: "secret-b@example.com", name: "secret-name", attributes: { a: "secret-attribute" } };
    await service.request("POST /v1/users", { payload });
    await service.request("POST /v1/users", { payload });
    await service.request("POST /v1/users", { payload: { ...payload, name: 5 } });
    await service.request("GET /v1/users?email=secret-b@example.com");
    await service.request("GET /secret-path", { key: "secret-key-secret-key-secret-key-secret-key" });
    await environment.query("ALTER TABLE users ADD CONSTRAINT nobody_new CHECK (false) NOT VALID");
    const failed = await service.request("POST /v1/users", { payload: { ...payload, email: "secret-c@example.com" } });
    await environment.query("ALTER TABLE users DROP CONSTRAINT nobody_new");
    await service.stop();

    assert.equal(failed.statusCode, 500);
    assert.doesNotMatch(collector.bytes.toString("latin1"), /secret-/);
    assert.ok(!collector.bytes.includes(keys.writer));
    const errors = collector.spans.filter(({ status }) => status.code === 2);
    assert.deepEqual(errors.map(({ name, attributes, status, events }) => [name, attributes["error.type"], status.message, events]), [
      ["insert-user", "23514", "", 0], ["POST /v1/users", "500", "", 0],
    ]);
  });

  it("continues the trace of the caller, and the log names it", async () => {
    await start();
    await service.request(`GET ${nobody}`, { headers: { traceparent: traceparent(true) } });
    await service.stop();
    const request = collector.spans.find(({ kind }) => kind === 2)!;
    const { trace_id, span_id, reqId } = JSON.parse(lines.find((line) => line.includes("\"request\""))!);

    assert.deepEqual([request.traceId, request.parentSpanId], [parent.traceId, parent.spanId]);
    assert.deepEqual([trace_id, span_id], [parent.traceId, request.spanId]);
    assert.notEqual(reqId, trace_id);
  });

  it("leaves out health checks, and statements that no request is the cause of", async () => {
    await start();
    await service.request("GET /health/live", { key: null });
    await service.request("GET /health/ready", { key: null });
    await service.stop();

    assert.deepEqual(collector.spans, []);
  });

  it("takes a share of the requests when it is told to, whole ones, and what the caller has decided", async () => {
    await start({ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" });
    for (let index = 0; index < 400; index += 1) {
      await service.request(`GET ${nobody}`);
    }
    await service.request("GET /v1/users", { headers: { traceparent: traceparent(true) } });
    await service.request("GET /v1/users", { headers: { traceparent: traceparent(false) } });
    await service.stop();
    const requests = collector.spans.filter(({ name }) => name === "GET /v1/users/:id").length;

    // Outside of this once in a million runs.
    assert.ok(requests >= 14 && requests <= 75, String(requests));
    assert.equal(collector.spans.filter(({ name }) => name === "find-user").length, requests);
    assert.equal(collector.spans.filter(({ name }) => name === "GET /v1/users").length, 1);
  });

  it("takes a caller's word for nothing when it is told to", async () => {
    await start({ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" });
    await service.request("GET /v1/users", { headers: { traceparent: traceparent(true) } });
    await service.stop();

    assert.deepEqual(collector.spans, []);
  });

  // A batch for each span, so that there are exports under way beside the requests.
  const small = { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "1", OTEL_BSP_SCHEDULE_DELAY: "1" };
  for (const { what, endpoint, batches = small } of [
    { what: "hangs", endpoint: () => startCollector(() => undefined) },
    { what: "hangs at the end", endpoint: () => startCollector(() => undefined), batches: {} },
    { what: "fails", endpoint: () => startCollector((_request, response) => response.writeHead(500).end()) },
    { what: "is not there", endpoint: async () => ({ url: `http://127.0.0.1:${await freePort()}`, stop: async () => undefined }) },
  ]) {
    it(`neither delays nor fails a request when the collector ${what}, nor the end by more than two seconds`, async () => {
      const broken = await endpoint();
      await start(batches, broken.url);
      const began = performance.now();
      for (let index = 0; index < 20; index += 1) {
        assert.equal((await service.request(`GET ${nobody}`)).statusCode, 404);
      }
      const answered = performance.now();
      await service.stop();
      const stopped = performance.now();
      await broken.stop();

      assert.ok(answered - began < 2_000, `20 requests took ${answered - began} ms`);
      assert.ok(stopped - answered < 3_000, `the end took ${stopped - answered} ms`);
      const complaints = lines.filter((line) => line.includes("tracing does not work as it should"));
      assert.ok(complaints.length <= 1, complaints.join(""));
    });
  }
});

describe("tracing in the built program", () => {
  let build: Build;
  let environment: TestEnvironment;
  let started: Program[];

  before(async () => {
    [build, environment] = await Promise.all([buildService(), startEnvironment()]);
    await environment.migrate();
    await environment.putSecret(arns.apiKeys, apiKeysSecret);
  });
  beforeEach(() => {
    started = [];
  });
  afterEach(async () => {
    started.forEach((program) => program.signal("SIGKILL"));
    await Promise.all(started.map(({ ended }) => ended));
  });
  after(async () => {
    build.remove();
    await environment.stop();
  });

  const serve = async (variables: Record<string, string> = {}) => {
    const PORT = String(await freePort());
    const server = new Program(build, "server.mjs", { ...environment.variables, DRAIN_SECONDS: "0", ...variables, PORT });
    started.push(server);
    await server.logged("started");
    return { server, url: `http://127.0.0.1:${PORT}` };
  };

  it("is there with an endpoint, and what is left is sent at the end", async () => {
    const collector = await startCollector();
    const { server, url } = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_RESOURCE_ATTRIBUTES: "cloud.region=here" });
    await fetch(`${url}/v1/users`, { headers: { authorization: `Bearer ${keys.writer}` } });
    server.signal("SIGTERM");
    const code = await server.ended;
    await collector.stop();

    assert.equal(code, 0);
    assert.deepEqual(collector.spans.map(({ name }) => name), ["page-of-users", "GET /v1/users"]);
    assert.equal(collector.spans[0]!.resource["cloud.region"], "here");
  });

  it("is not even loaded without one: the program runs with the files of OpenTelemetry taken away", async () => {
    const chunks = join(build.folder, "chunks");
    const ofTracing = readdirSync(chunks).filter((file) => readFileSync(join(chunks, file), "utf8").includes("OTEL_EXPORTER_OTLP"));
    assert.ok(ofTracing.length > 0);
    ofTracing.forEach((file) => rmSync(join(chunks, file)));
    const { server } = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: "" });
    server.signal("SIGTERM");

    assert.equal(await server.ended, 0);
  });
});
