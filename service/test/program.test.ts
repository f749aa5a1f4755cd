import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { extractMetrics } from "./support/embedded-metrics.ts";
import { arns, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { buildService, Program, type Build } from "./support/process.ts";
import { apiKeysSecret, keys } from "./support/service.ts";

const authorization = `Bearer ${keys.writer}`;

describe("the built programs", () => {
  let build: Build;
  let environment: TestEnvironment;
  let started: Program[];

  before(async () => {
    build = await buildService();
  });
  after(() => build.remove());
  beforeEach(async () => {
    environment = await startEnvironment();
    started = [];
  });
  afterEach(async () => {
    started.forEach((program) => program.signal("SIGKILL"));
    await Promise.all(started.map(({ ended }) => ended));
    await environment.stop();
  });

  const run = (file: string, variables: Record<string, string> = environment.variables): Program => {
    const program = new Program(build, file, variables);
    started.push(program);
    return program;
  };

  describe("server.mjs", () => {
    let url: string;

    const serve = async (variables: Record<string, string> = {}): Promise<Program> => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const server = run("server.mjs", { ...environment.variables, ...variables, PORT: String(port) });
      await server.logged("started");
      return server;
    };
    const get = (path: string) => fetch(`${url}${path}`, { headers: { authorization } });

    beforeEach(async () => {
      await environment.migrate();
      await environment.putSecret(arns.apiKeys, apiKeysSecret);
    });

    it("on SIGTERM says it is not ready, serves on with Connection: close, then ends with 0 and leaves no session", async () => {
      const server = await serve();
      assert.equal((await get("/health/ready")).status, 200);
      assert.equal((await get("/v1/users")).headers.get("connection"), "keep-alive");
      server.signal("SIGTERM");
      await server.logged("draining");

      assert.equal((await get("/health/ready")).status, 503);
      const response = await get("/v1/users");
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("connection"), "close");
      assert.equal(await server.ended, 0);
      assert.deepEqual(await environment.queryAsSuperuser(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'accounts_service'"), []);
    });

    it("has its credentials for AWS from the endpoint of its task, as on ECS, since its environment has none", async () => {
      const asked: unknown[] = [];
      const endpoint = createServer((request, response) => {
        asked.push(request.url);
        response.setHeader("content-type", "application/json").end(JSON.stringify({
          AccessKeyId: "of-the-task", SecretAccessKey: "secret", Token: "token", Expiration: new Date(Date.now() + 3_600_000),
        }));
      }).listen(0, "127.0.0.1");
      await once(endpoint, "listening");
      const { port } = endpoint.address() as AddressInfo;
      try {
        await serve({
          AWS_ACCESS_KEY_ID: "",
          AWS_SECRET_ACCESS_KEY: "",
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v2/credentials/task`,
        });
        assert.deepEqual([...new Set(asked)], ["/v2/credentials/task"]);
      } finally {
        await endpoint[Symbol.asyncDispose]();
      }
    });

    it("finishes a request that is in flight when the drain is over", async () => {
      const server = await serve({ DRAIN_SECONDS: "0" });
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      const response = get("/v1/users");
      await untilWaiting(environment);
      server.signal("SIGTERM");
      await server.logged("draining");
      await session.end();

      assert.equal((await response).status, 200);
      assert.equal(await server.ended, 0);
    });

    it("ends at its deadline with 1 and a line, when a request does not finish", async () => {
      const server = await serve({ DRAIN_SECONDS: "0", STOP_TIMEOUT_SECONDS: "5.5", DATABASE_STATEMENT_TIMEOUT_SECONDS: "30" });
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      const response = get("/v1/users").catch(() => "reset");
      await untilWaiting(environment);
      server.signal("SIGTERM");

      assert.equal(await server.ended, 1);
      assert.ok(server.lines.some(({ msg }) => msg === "not closed after 500 ms, exiting with requests in flight"));
      assert.equal(await response, "reset");
      await session.end();
    });

    it("ends at once on a second signal", async () => {
      const server = await serve({ DRAIN_SECONDS: "20" });
      server.signal("SIGTERM");
      await server.logged("draining");
      server.signal("SIGTERM");

      assert.equal(await server.ended, 1);
      await server.logged("second SIGTERM, exiting with requests in flight");
    });

    it("answers while the database is not there yet: live, not ready", async () => {
      const [port, nobody] = [await freePort(), await freePort()];
      url = `http://127.0.0.1:${port}`;
      const server = run("server.mjs", { ...environment.variables, PORT: String(port), DATABASE_PORT: String(nobody) });
      await server.logged("not ready yet, trying again");

      assert.equal((await get("/health/live")).status, 200);
      const ready = await get("/health/ready");
      assert.deepEqual([ready.status, await ready.json()], [503, { status: "starting" }]);
      server.signal("SIGTERM");
      assert.equal(await server.ended, 0);
    });

    it("writes at its end what it has counted since the last minute, whether it ends well or is cut off", async () => {
      for (const DRAIN_SECONDS of ["0", "20"]) {
        const server = await serve({ DRAIN_SECONDS });
        await get("/v1/users");
        await get("/v1/users/00000000-0000-7000-8000-000000000000");
        server.signal("SIGTERM");
        if (DRAIN_SECONDS === "20") {
          await server.logged("draining");
          server.signal("SIGTERM");
        }
        await server.ended;
        const metrics = server.lines.flatMap((line) => extractMetrics(JSON.stringify(line)) ?? []);
        const requests = metrics.filter(({ name }) => name === "Requests").reduce((sum, metric) => sum + metric.sum, 0);
        const sockets = metrics.filter(({ name }) => name === "OpenSockets").map(({ maximum }) => maximum);

        assert.equal(requests, 2);
        assert.ok(sockets.length > 0 && sockets.every((open) => open <= 2), String(sockets));
      }
    });

    it("ends with 1 and one line on a schema that is too old", async () => {
      await environment.query("DELETE FROM pgmigrations");
      const server = run("server.mjs", { ...environment.variables, PORT: String(await freePort()) });

      assert.equal(await server.ended, 1);
      assert.deepEqual(server.lines.filter(({ level }) => level === "fatal").map(({ msg }) => msg), [
        "the service does not start: the database is older than this version: it lacks 0001_users; "
          + "run the migration of this version first",
      ]);
    });

    it("ends with 1 and one line on a wrong configuration", async () => {
      const server = run("server.mjs", { ...environment.variables, PORT: "http" });

      assert.equal(await server.ended, 1);
      assert.deepEqual(server.lines.map(({ level, msg }) => [level, msg]), [
        ["fatal", "the service does not start: PORT must be an integer from 1 to 65535, got \"http\""],
      ]);
    });
  });

  describe("migrate.mjs", () => {
    for (const step of ["/service/database-ABC123 written", "role accounts_service created", "migration 0001_users applied"]) {
      it(`is repaired by the next run when it is killed after "${step}"`, async () => {
        const killed = run("migrate.mjs");
        await killed.logged(step);
        killed.signal("SIGKILL");
        await killed.ended;
        const next = run("migrate.mjs");

        assert.equal(await next.ended, 0);
        await next.logged("migration finished");
        const credentials = await environment.readSecret<Credentials>(arns.database);
        assert.deepEqual(await environment.query("SELECT count(*)::int FROM users", credentials), [{ count: 0 }]);
        await environment.readSecret(arns.apiKeys);
      });
    }

    it("ends with 1 and one line that says why", async () => {
      await environment.query("CREATE TABLE users (in_the_way int)");
      const migration = run("migrate.mjs");

      assert.equal(await migration.ended, 1);
      assert.deepEqual(migration.lines.filter(({ level }) => level === "fatal").map(({ msg }) => msg), [
        "migration failed: relation \"users\" already exists",
      ]);
    });

    it("names its task on its lines, as the server does", async () => {
      const metadata = createServer((_request, response) => response.end(JSON.stringify({
        TaskARN: "arn:aws:ecs:eu-west-1:111111111111:task/accounts-dev/cd189a933e58", Revision: "7",
      }))).listen(0, "127.0.0.1");
      await once(metadata, "listening");
      const { port } = metadata.address() as AddressInfo;
      const variables = { ...environment.variables, ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/x` };
      for (const program of [run("migrate.mjs", variables), run("server.mjs", { ...variables, DATABASE_CA_FILE: "missing.pem" })]) {
        await program.ended;
        assert.deepEqual(program.lines.filter((line) => (line as { taskId?: string }).taskId !== "cd189a933e58"), []);
        assert.ok(program.lines.length > 0);
      }
      await metadata[Symbol.asyncDispose]();
    });

    it("ends with 1 and one line on a wrong configuration", async () => {
      const migration = run("migrate.mjs", { ...environment.variables, DATABASE_MASTER_SECRET_ARN: "rds!db" });

      assert.equal(await migration.ended, 1);
      assert.deepEqual(migration.lines.map(({ msg }) => msg), [
        "migration failed: DATABASE_MASTER_SECRET_ARN must be the ARN of a secret in Secrets Manager, got \"rds!db\"",
      ]);
    });
  });
});

/** Resolves when a statement of the service waits for a lock. */
async function untilWaiting(environment: TestEnvironment): Promise<void> {
  for (;;) {
    const waiting = await environment.queryAsSuperuser(
      "SELECT FROM pg_stat_activity WHERE usename = 'accounts_service' AND wait_event_type = 'Lock'");
    if (waiting.length > 0) {
      return;
    }
  }
}
