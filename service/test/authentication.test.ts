import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { setImmediate } from "node:timers/promises";

import { ApiKeys } from "../src/api-keys.ts";
import { createLog } from "../src/log.ts";
import { Secrets } from "../src/secrets.ts";
import { arns, silent, startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { apiKeysSecret, keys, startService, type RunningService } from "./support/service.ts";

const later = "later-key-later-key-later-key-later-key-123";

describe("API keys", () => {
  let environment: TestEnvironment;

  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
  });
  after(() => environment.stop());

  describe("at the routes", () => {
    let service: RunningService;

    before(async () => {
      service = await startService(environment);
    });
    after(() => service.stop());

    it("are required, and the answer says how to send one", async () => {
      const response = await service.request("GET /v1/users", { key: null });
      assert.equal(response.statusCode, 401);
      assert.equal(response.headers["www-authenticate"], "Bearer realm=\"accounts\"");
      assert.equal(response.json().type, "/problems/unauthorized");
    });

    for (const authorization of ["", "Basic dXNlcjpwYXNz", "Bearer", "Bearer a b", `Token ${keys.writer}`]) {
      it(`are not taken from "authorization: ${authorization}"`, async () => {
        const response = await service.request("GET /v1/users", { key: null, headers: { authorization } });
        assert.equal(response.statusCode, 401);
      });
    }

    it("are refused when no client has them", async () => {
      const response = await service.request("GET /v1/users", { key: later });
      assert.equal(response.statusCode, 401);
      assert.equal(response.headers["www-authenticate"], "Bearer realm=\"accounts\", error=\"invalid_token\"");
    });

    it("let a reader read and not write", async () => {
      assert.equal((await service.request("GET /v1/users", { key: keys.reader })).statusCode, 200);
      assert.equal((await service.request("HEAD /v1/users", { key: keys.reader })).statusCode, 200);

      const response = await service.request("POST /v1/users", { key: keys.reader, payload: { email: "a@b.co", name: "A" } });
      assert.equal(response.statusCode, 403);
      assert.equal(response.headers["www-authenticate"],
        "Bearer realm=\"accounts\", error=\"insufficient_scope\", scope=\"write\"");
      assert.deepEqual(await environment.query("SELECT FROM users"), []);
    });

    for (const [method, path] of [["PATCH", ""], ["DELETE", ""], ["PUT", "/data/a"], ["DELETE", "/data/a"]] as const) {
      it(`let a reader not ${method} a user${path}, nor learn whether there is one`, async () => {
        const line = `${method} /v1/users/01a20913-2edf-736d-842b-f8169a25c63b${path}` as const;
        const payload = method === "DELETE" ? {} : { payload: { name: "A" } };
        assert.equal((await service.request(line, { key: keys.reader, ...payload, headers: { "if-match": "*" } })).statusCode, 403);
      });
    }

    it("let a client without scopes do nothing, not even read", async () => {
      const response = await service.request("GET /v1/users", { key: keys.nobody });
      assert.equal(response.statusCode, 403);
      assert.equal(response.headers["www-authenticate"],
        "Bearer realm=\"accounts\", error=\"insufficient_scope\", scope=\"read\"");
    });

    it("are checked before the body is read", async () => {
      const response = await service.request("POST /v1/users", {
        key: null, payload: "{", headers: { "content-type": "text/xml" },
      });
      assert.equal(response.statusCode, 401);
    });

    it("are not asked for by the routes about the service itself", async () => {
      for (const line of ["GET /health/live", "GET /health/ready", "GET /openapi.json", "GET /problems/not-found", "GET /version"] as const) {
        assert.equal((await service.request(line, { key: null })).statusCode, 200, line);
      }
    });
  });

  describe("in the secret", () => {
    let secrets: Secrets;
    let apiKeys: ApiKeys;
    let now: number;
    let waits: number[];
    let lines: string[];

    beforeEach(async () => {
      await environment.putSecret(arns.apiKeys, apiKeysSecret);
      secrets = new Secrets("eu-west-1");
      now = 0;
      waits = [];
      lines = [];
      const log = createLog("test", "info", { write: (line) => void lines.push(JSON.parse(line).msg) });
      apiKeys = new ApiKeys(secrets, arns.apiKeys, log, () => now, async (milliseconds) => {
        waits.push(milliseconds);
        await setImmediate();
        now += milliseconds;
      });
      await apiKeys.load();
    });
    afterEach(() => secrets.close());

    const nameOf = async (key: string) => (await apiKeys.authenticate(key))?.name;
    const reads = () => environment.secrets.calls
      .filter(({ operation, input }) => operation.endsWith("GetSecretValue") && input["SecretId"] === arns.apiKeys).length;
    const untilReading = async () => {
      const before = reads();
      while (reads() === before) {
        await setImmediate();
      }
    };

    it("are valid as the current and the previous one of a client", async () => {
      const writer = { ...apiKeysSecret.clients.writer, current: later, previous: keys.writer };
      await environment.putSecret(arns.apiKeys, { clients: { writer } });
      await apiKeys.load();

      assert.equal(await nameOf(later), "writer");
      assert.equal(await nameOf(keys.writer), "writer");
      assert.equal(await nameOf(keys.reader), undefined);
    });

    it("are compared in constant time, each of them, whichever it is", async () => {
      const { timingSafeEqual } = crypto;
      let compared = 0;
      crypto.timingSafeEqual = (...digests) => {
        compared += 1;
        return timingSafeEqual(...digests);
      };
      syncBuiltinESMExports();
      try {
        for (const [name, { current }] of Object.entries(apiKeysSecret.clients)) {
          compared = 0;
          assert.equal(await nameOf(current), name);
          assert.equal(compared, Object.keys(apiKeysSecret.clients).length, `comparisons with timingSafeEqual for the key of ${name}`);
        }
      } finally {
        crypto.timingSafeEqual = timingSafeEqual;
        syncBuiltinESMExports();
      }
    });

    it("are read again for an unknown one, which waits until a second has passed since, once for all who wait", async () => {
      await environment.putSecret(arns.apiKeys, { clients: { new: { scopes: ["read"], current: later, previous: null } } });
      const before = reads();
      now = 400;
      const names = await Promise.all([nameOf(later), nameOf(later), nameOf("no client has this")]);
      assert.deepEqual(names, ["new", "new", undefined]);
      assert.deepEqual(waits, [600]);
      assert.equal(reads(), before + 1);
    });

    it("are read once more for one that came while they were read: that read may have missed it", async () => {
      now = 1_000;
      const early = nameOf("no client has this");
      await untilReading();
      await environment.putSecret(arns.apiKeys, { clients: { new: { scopes: ["read"], current: later, previous: null } } });
      assert.deepEqual(await Promise.all([early, nameOf(later)]), [undefined, "new"]);
    });

    it("are not read twice at a start: who comes while they are read for the first time waits for that read", async () => {
      const fresh = new ApiKeys(secrets, arns.apiKeys, silent, () => now, async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      });
      const before = reads();
      const loading = fresh.load();
      assert.equal((await fresh.authenticate(keys.writer))?.name, "writer");
      await loading;
      assert.deepEqual([waits, reads()], [[], before + 1]);
    });

    it("are read no more than once a second in a storm of unknown ones, of which only a thousand wait", async () => {
      const before = reads();
      const storm = Array.from({ length: 5_000 }, (_, index) => nameOf(`no client has this: ${index}`));
      const last = storm.at(-1);
      assert.equal(await Promise.race([last, storm[0]?.then(() => "waited")]), undefined);
      assert.equal(await nameOf(keys.writer), "writer");
      assert.equal(reads(), before);

      assert.ok((await Promise.all(storm)).every((name) => name === undefined));
      assert.deepEqual([waits, reads()], [[1_000], before + 1]);

      // Their places are free again.
      await environment.putSecret(arns.apiKeys, { clients: { new: { scopes: ["read"], current: later, previous: null } } });
      assert.equal(await nameOf(later), "new");
    });

    it("are noted in the log when a client still uses its previous one, once per read", async () => {
      const writer = { ...apiKeysSecret.clients.writer, current: later, previous: keys.writer };
      await environment.putSecret(arns.apiKeys, { clients: { writer } });
      await apiKeys.load();
      await nameOf(later);
      assert.deepEqual(lines, []);

      await nameOf(keys.writer);
      await nameOf(keys.writer);
      assert.deepEqual(lines, ["the client \"writer\" uses its previous API key"]);
      await apiKeys.load();
      await nameOf(keys.writer);
      assert.equal(lines.length, 2);
    });

    it("are refused soon after a minute, when they were taken out, without an unknown one having to come", async () => {
      await environment.putSecret(arns.apiKeys, { clients: {} });
      now = 59_999;
      const before = reads();
      assert.equal(await nameOf(keys.writer), "writer");
      assert.equal(reads(), before);

      now = 60_000;
      while (await nameOf(keys.writer) !== undefined) {
        await setImmediate();
      }
      assert.equal(reads(), before + 2, "one beside the requests, and one for the key that was unknown then");
    });

    it("are refused at once on a task that was idle, when they were taken out in the meantime", async () => {
      await environment.putSecret(arns.apiKeys, { clients: {} });
      now = 120_000;
      assert.equal(await nameOf(keys.writer), undefined);
    });

    it("stay valid while the secret cannot be read", async () => {
      await environment.putSecret(arns.apiKeys, "not what it should be");
      now = 60_000;
      assert.equal(await nameOf(later), undefined);
      assert.equal(await nameOf(keys.writer), "writer");
    });

    it("are asked for once a second and no more while the secret cannot be read", async () => {
      await environment.putSecret(arns.apiKeys, "not what it should be");
      for (const nobody of [1, 2, 3]) {
        assert.equal(await nameOf(`no client has this: ${nobody}`), undefined);
      }
      assert.deepEqual(waits, [1_000, 1_000, 1_000], "pauses before each of three reads that fail");
    });

    it("that are missing stop the start with a line that names the secret and not its value", async () => {
      const writer = { scopes: ["admin"], current: keys.writer, previous: null };
      await environment.putSecret(arns.apiKeys, { clients: { writer } });
      await assert.rejects(apiKeys.load(), (error: Error) => {
        assert.ok(error.message.startsWith(
          `the secret ${arns.apiKeys} has the wrong form: /clients/writer/scopes/0 must be equal to one of`), error.message);
        assert.ok(!error.message.includes(keys.writer));
        return true;
      });
    });

    it("that are short enough to be guessed stop the start", async () => {
      const writer = { scopes: ["read"], current: "k".repeat(31), previous: null };
      await environment.putSecret(arns.apiKeys, { clients: { writer } });
      await assert.rejects(apiKeys.load(), /: \/clients\/writer\/current must NOT have fewer than 32 characters/);
    });
  });
});
