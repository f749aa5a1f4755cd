import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";

import { ensureCertificates } from "../../offline/stand-ins/certificates.ts";
import { listen } from "../../offline/stand-ins/local-server.ts";
import { readServiceConfig } from "../src/config.ts";
import type { Credentials } from "../src/database/credentials.ts";
import { createService } from "../src/service.ts";
import { arns, silent, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { startService, type RunningService } from "./support/service.ts";

const laneOf = { "with the lane": "2", "without the lane": "0" };

describe("the database", () => {
  let environment: TestEnvironment;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  after(() => environment.stop());

  for (const [way, DATABASE_LANE_CONNECTIONS] of Object.entries(laneOf)) describe(way, () => {
    let service: RunningService;
    let path: `/${string}`;

    beforeEach(async () => {
      await environment.query("TRUNCATE users CASCADE");
      service = await startService(environment, { DATABASE_LANE_CONNECTIONS });
      const payload = { email: "ada@example.com", name: "Ada" };
      path = `/v1/users/${(await service.request("POST /v1/users", { payload })).json().id}`;
    });
    afterEach(() => service.stop());

    const list = async () => (await service.request("GET /v1/users")).statusCode;
    const read = async () => (await service.request(`GET ${path}`)).statusCode;
    const breakConnections = () => environment.queryAsSuperuser(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'accounts_service'");
    const changePassword = (password: string) => environment.query(`ALTER ROLE accounts_service PASSWORD '${password}'`);

    it("is spoken to over TLS, by the service's own role", async () => {
      await read();
      const sessions = await environment.queryAsSuperuser<{ ssl: boolean; application_name: string }>(
        `SELECT DISTINCT s.ssl, a.application_name FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
         WHERE usename = 'accounts_service'`);
      assert.deepEqual(sessions, [{ ssl: true, application_name: "accounts-service" }]);
    });

    it("may have its password changed before a new one is current: the pending one is used", async () => {
      const old = await environment.readSecret<Credentials>(arns.database);
      await environment.putSecret(arns.database, { ...old, password: "the next password" }, ["AWSPENDING"]);
      await changePassword("the next password");
      await breakConnections();
      assert.deepEqual([await read(), await list()], [200, 200]);

      await environment.putSecret(arns.database, { ...old, password: "the password after it" });
      await changePassword("the password after it");
      await breakConnections();
      // Reading the secret again so soon has to wait a second, which is within the time a request may take.
      assert.deepEqual([await read(), await list()], [200, 200]);
    });

    it("may refuse a credential that no secret has: bounded, and with few calls to Secrets Manager", async () => {
      const { password } = await environment.readSecret<Credentials>(arns.database);
      await changePassword("known to nobody");
      await breakConnections();
      const before = environment.secrets.calls.length;
      const started = performance.now();
      const statuses = await Promise.all(Array.from({ length: 20 }, read));
      const [waited, calls] = [performance.now() - started, environment.secrets.calls.length - before];
      await changePassword(password);

      assert.deepEqual([...new Set(statuses)], [503]);
      assert.ok(waited < 4_000, `${waited} ms`);
      // Two stages, once a second.
      assert.ok(calls <= 8, `${calls} calls`);
    });

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

    it("with a certificate that has expired", async () => {
      const folder = await mkdtemp(join(tmpdir(), "old-ca-"));
      const { caFile, certificateFile, keyFile } = await ensureCertificates(folder, new Date("2020-01-01"));
      const [cert, key] = [readFileSync(certificateFile), readFileSync(keyFile)];
      // As far as PostgreSQL's protocol goes before the handshake: it is asked for TLS, and agrees.
      const server = createServer(async (socket) => {
        socket.on("error", () => undefined);
        await once(socket, "data");
        socket.write("S");
        const session = new TLSSocket(socket, { isServer: true, cert, key });
        session.on("error", () => undefined).once("secure", () => session.destroy());
      });
      const port = await listen(server);
      try {
        const variables = { DATABASE_CA_FILE: caFile, DATABASE_PORT: String(port) };
        assert.equal((await refusal(variables)).message, "certificate has expired");
      } finally {
        await once(server.close(), "close");
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
