import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureCertificates } from "../../offline/stand-ins/certificates.ts";
import { readServiceConfig } from "../src/config.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { createService } from "../src/service.ts";
import { arns, silent, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startService, type RunningService } from "./support/service.ts";

const laneOf = { "with the lane": "2", "without the lane": "0" };

for (const [way, DATABASE_LANE_CONNECTIONS] of Object.entries(laneOf)) describe(`the database, ${way},`, () => {
  let environment: TestEnvironment;
  let service: RunningService;
  let path: string;

  beforeEach(async () => {
    environment = await startEnvironment();
    await environment.migrate();
    service = await startService(environment, { DATABASE_LANE_CONNECTIONS });
    const payload = { email: "ada@example.com", name: "Ada" };
    path = `/v1/users/${(await service.request("POST /v1/users", { payload })).json().id}`;
  });
  afterEach(async () => {
    await service.stop();
    await environment.stop();
  });

  const list = async () => (await service.request("GET /v1/users")).statusCode;
  const read = async () => (await service.request(`GET ${path}` as `GET /${string}`)).statusCode;
  const breakConnections = () => environment.queryAsSuperuser(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accounts_service'");

  /** Reads from four clients until the action is done. */
  async function readDuring(action: () => Promise<unknown>): Promise<number[]> {
    const statuses: number[] = [];
    let done = false;
    const client = async (): Promise<void> => {
      while (!done) {
        statuses.push(await read());
      }
    };
    const lists = async (): Promise<void> => {
      while (!done) {
        statuses.push(await list());
      }
    };
    const clients = [client(), client(), client(), lists()];
    await action();
    done = true;
    await Promise.all(clients);
    return statuses;
  }

  it("is spoken to over TLS, by the service's own role", async () => {
    await read();
    const sessions = await environment.queryAsSuperuser<{ ssl: boolean; application_name: string }>(
      `SELECT DISTINCT s.ssl, a.application_name FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
       WHERE usename = 'accounts_service'`);
    assert.deepEqual(sessions, [{ ssl: true, application_name: "accounts-service" }]);
  });

  it("may restart without a failed read", async () => {
    const statuses = await readDuring(() => environment.postgres.restart());
    assert.ok(statuses.length > 0);
    assert.deepEqual([...new Set(statuses)], [200]);
  });

  it("may break every connection, again and again, without a failed read", async () => {
    const statuses = await readDuring(async () => {
      for (let i = 0; i < 5; i += 1) {
        await breakConnections();
      }
    });
    assert.deepEqual([...new Set(statuses)], [200]);
  });

  it("may go away: the service answers 503 in time, stays ready, and does not end", async () => {
    await environment.postgres.stop();
    const started = performance.now();
    const response = await service.request("GET /v1/users");

    assert.equal(response.statusCode, 503);
    assert.equal(response.json().type, "/problems/database-unavailable");
    assert.equal(response.headers["retry-after"], "1");
    assert.ok(performance.now() - started < 4_000);
    assert.equal((await service.request("GET /health/ready")).statusCode, 200);
    assert.equal((await service.request("GET /health/live")).statusCode, 200);
  });

  it("may have its password changed before a new one is current: the pending one is used, with no failed request", async () => {
    const old = await environment.readSecret<Credentials>(arns.database);
    await environment.putSecret(arns.database, { ...old, password: "the next password" }, ["AWSPENDING"]);
    await environment.query("ALTER ROLE accounts_service PASSWORD 'the next password'");
    await breakConnections();

    const statuses = await readDuring(breakConnections);
    assert.deepEqual([...new Set(statuses)], [200]);

    await environment.putSecret(arns.database, { ...old, password: "the password after it" });
    await environment.query("ALTER ROLE accounts_service PASSWORD 'the password after it'");
    await breakConnections();
    // Reading the secret again so soon has to wait a second, which is within the time a request may take.
    assert.equal(await read(), 200);
  });

  it("may refuse a credential that no secret has: bounded, and with few calls to Secrets Manager", async () => {
    await environment.query("ALTER ROLE accounts_service PASSWORD 'known to nobody'");
    await breakConnections();
    const before = environment.secrets.calls.length;
    const started = performance.now();
    const statuses = await Promise.all(Array.from({ length: 20 }, read));

    assert.deepEqual([...new Set(statuses)], [503]);
    assert.ok(performance.now() - started < 4_000);
    // Two stages, once a second.
    assert.ok(environment.secrets.calls.length - before <= 8, String(environment.secrets.calls.length - before));
  });

  describe("when it is slow", () => {
    it("costs a request that waits for a lock three quarters of the statement timeout, not more", async () => {
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      const started = performance.now();
      const response = await service.request("GET /v1/users");
      const waited = performance.now() - started;
      await session.end();

      assert.equal(response.statusCode, 503);
      assert.equal(response.json().type, "/problems/timeout");
      assert.ok(waited >= 1_400 && waited < 3_000, `${waited} ms`);
    });

    it("makes requests beyond the pool wait a second for a connection, while health checks pass", async () => {
      const session = await environment.connect();
      await session.query("BEGIN; LOCK TABLE users");
      const busy = Array.from({ length: 4 }, list);
      const started = performance.now();
      const response = await service.request("GET /v1/users");
      const waited = performance.now() - started;
      assert.equal((await service.request("GET /health/ready")).statusCode, 200);
      await session.end();

      assert.equal(response.statusCode, 503);
      assert.equal(response.json().type, "/problems/database-unavailable");
      assert.ok(waited >= 900 && waited < 1_900, `${waited} ms`);
      await Promise.all(busy);
    });
  });

  describe("is not trusted", () => {
    const refusal = async (variables: Record<string, string>): Promise<Error> => {
      const untrusting = await createService(readServiceConfig({ ...environment.variables, ...variables }), silent);
      try {
        await untrusting.prepare(0, new AbortController().signal);
      } catch (error) {
        return (error as Error).cause as Error;
      } finally {
        await untrusting.app.close();
      }
      throw new Error("the database was trusted");
    };

    it("with a certificate of another CA", async () => {
      const folder = await mkdtemp(join(tmpdir(), "other-ca-"));
      try {
        const { caFile } = await ensureCertificates(folder);
        assert.match((await refusal({ DATABASE_CA_FILE: caFile })).message, /certificate/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("with a certificate for another host", async () => {
      // Leads to this computer, as localhost does, but is not in the certificate.
      assert.match((await refusal({ DATABASE_HOST: "0.0.0.0" })).message, /does not match certificate/);
    });

    it("with a CA file that is missing, or holds no certificate", async () => {
      for (const file of ["/nowhere.pem", "package.json"]) {
        const config = readServiceConfig({ ...environment.variables, DATABASE_CA_FILE: file });
        await assert.rejects(createService(config, silent), {
          name: "ConfigError",
          message: new RegExp(`^DATABASE_CA_FILE must be the path of a PEM file with CAs, got "${file}": `),
        });
      }
    });
  });
});
