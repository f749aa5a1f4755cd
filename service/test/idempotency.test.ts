import assert from "node:assert/strict";
import { mock } from "node:test";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";

import type { Database } from "../src/database/database.ts";
import { IdempotencyPurge } from "../src/idempotency-purge.ts";
import { silent } from "./support/environment.ts";
import { keys, shareService } from "./support/service.ts";

const ada = { email: "ada@example.com", name: "Ada", attributes: { b: 1, a: [1.5, "é"] } };

describe("Idempotency-Key", () => {
  const { environment, service } = shareService({ DATABASE_STATEMENT_TIMEOUT_SECONDS: "1" });

  beforeEach(() => environment.query("TRUNCATE users, idempotency_keys CASCADE"));

  const post = (payload: object, key = "key-1", client = keys.writer) =>
    service.request("POST /v1/users", { payload, key: client, headers: { "idempotency-key": key } });
  const userCount = async () => (await environment.query("SELECT FROM users")).length;
  const age = (hours: number) => environment.query(`UPDATE idempotency_keys SET created_at = now() - interval '${hours} hours'`);
  const typeOf = (response: { json<T>(): T }) => response.json<{ type: string }>().type;

  it("creates once, and answers again with the same status, body, Location and ETag, also after the user has changed", async () => {
    const first = await post(ada);
    assert.equal(first.statusCode, 201);
    await service.request(`PATCH ${first.headers.location as "/"}`, { payload: { name: "B" }, headers: { "if-match": "*" } });
    const second = await post(ada);

    const parts = ({ statusCode, body, headers }: typeof first) => [statusCode, body, headers.location, headers.etag];
    assert.deepEqual(parts(second), parts(first));
    assert.equal(await userCount(), 1);
  });

  it("keeps the answer that an address was taken, under a new request id", async () => {
    await service.request("POST /v1/users", { payload: ada });
    const first = await post(ada);
    await environment.query("DELETE FROM users");
    const second = await post(ada);

    for (const response of [first, second]) {
      assert.equal(response.statusCode, 409);
      assert.equal(typeOf(response), "/problems/email-taken");
      assert.equal(response.json().instance, `urn:request:${String(response.headers["x-request-id"])}`);
    }
    assert.equal(await userCount(), 0);
  });

  it("creates one user for many requests at once, and answers them all alike", async () => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => post(ada)));
    assert.deepEqual(responses.map(({ statusCode }) => statusCode), Array.from({ length: 10 }, () => 201));
    assert.equal(new Set(responses.map(({ body }) => body)).size, 1);
    assert.equal(await userCount(), 1);
  });

  it("is refused with 422 for another body, which stays undone", async () => {
    await post(ada);
    for (const other of [{ ...ada, name: "Bob", email: "b@example.com" }, { email: ada.email, name: ada.name }]) {
      const response = await post(other);
      assert.equal(response.statusCode, 422);
      assert.equal(typeOf(response), "/problems/idempotency-key-reused");
    }
    assert.equal(await userCount(), 1);
  });

  it("tells bodies apart whose parts say the same when they stand one after the other", async () => {
    await post({ email: "ada@example.co", name: "mAda" });
    const response = await post({ email: "ada@example.com", name: "Ada" });
    assert.equal(response.statusCode, 422);
    assert.equal(typeOf(response), "/problems/idempotency-key-reused");
  });

  it("belongs to its client: another client's equal key is another key", async () => {
    await post(ada);
    const response = await post({ email: "b@example.com", name: "B" }, "key-1", keys.otherWriter);
    assert.equal(response.statusCode, 201);
  });

  it("is not used up by a request that is not valid, or that may not write", async () => {
    assert.equal((await post({ email: "ada", name: "Ada" })).statusCode, 400);
    assert.equal((await post(ada, "key-1", keys.reader)).statusCode, 403);
    assert.deepEqual(await environment.query("SELECT FROM idempotency_keys"), []);
    assert.equal((await post(ada)).statusCode, 201);
  });

  it("is free again after 24 hours, and not before", async () => {
    await post(ada);
    const other = { email: "b@example.com", name: "B" };
    await age(23.9);
    assert.equal((await post(other)).statusCode, 422);
    await age(24.1);
    assert.equal((await post(other)).statusCode, 201);
    assert.equal((await post(other)).statusCode, 201);
    assert.equal((await post(ada)).statusCode, 422);
    assert.equal(await userCount(), 2);
  });

  it("is answered with 409 while another request holds it for longer than a statement may wait", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; INSERT INTO idempotency_keys (principal, key, request_hash) VALUES ('writer', 'key-1', '')");
    const response = await post(ada);
    assert.equal(response.statusCode, 409);
    assert.equal(typeOf(response), "/problems/idempotency-in-progress");
    assert.equal(response.headers["retry-after"], "1");

    await session.query("ROLLBACK");
    await session.end();
    assert.equal((await post(ada)).statusCode, 201);
  });

  it("leaves nothing behind when the user could not be created in time", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    const response = await post(ada);
    assert.equal(response.statusCode, 503);
    assert.equal(typeOf(response), "/problems/timeout");
    await session.query("ROLLBACK");
    await session.end();
    assert.deepEqual(await environment.query("SELECT FROM idempotency_keys"), []);
  });

  it("lets a request go on by itself after its connection broke, which without a key could create the user twice", async () => {
    const session = await environment.connect();
    await session.query("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE");
    const answer = post(ada);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usename = 'accounts_service' AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO users%'`;
    while ((await environment.queryAsSuperuser(terminate)).length === 0) {
      await sleep(5);
    }
    await session.query("ROLLBACK");
    await session.end();
    assert.equal((await answer).statusCode, 201);
    assert.equal(await userCount(), 1);
  });

  for (const key of ["", "a b", "ä", "k".repeat(256), "a\tb"]) {
    it(`is refused as "${key.slice(0, 8)}": it is 1 to 255 visible characters of ASCII`, async () => {
      const response = await post(ada, key);
      assert.equal(response.statusCode, 400);
      assert.equal(response.json().errors[0].pointer, "/idempotency-key");
    });
  }

  it("may have 255 characters of any visible kind", async () => {
    assert.equal((await post(ada, `"!~${"k".repeat(252)}`)).statusCode, 201);
  });

  describe("that has expired", () => {
    const fill = (count: number, hours: number) => environment.query(`INSERT INTO idempotency_keys
      SELECT 'writer', '${hours}-' || n, '', 409, NULL, now() - interval '${hours} hours' FROM generate_series(1, ${count}) AS n`);
    const kept = async () => (await environment.query("SELECT FROM idempotency_keys")).length;

    it("is deleted, in as many batches as it takes", async () => {
      await fill(1_201, 25);
      await fill(3, 23);
      const purge = new IdempotencyPurge(service.database, silent);
      assert.equal(await purge.purge(), 1_201);
      assert.equal(await purge.purge(), 0);
      assert.equal(await kept(), 3);
    });

    it("is left alone while a request takes it over, and no request waits for the purge", async () => {
      await fill(2, 25);
      const session = await environment.connect();
      await session.query("BEGIN; SELECT FROM idempotency_keys WHERE key = '25-1' FOR UPDATE");
      assert.equal(await new IdempotencyPurge(service.database, silent).purge(), 1);
      await session.query("ROLLBACK");
      await session.end();
      assert.equal(await kept(), 1);
    });

    it("waits for the next time when the database does not work", async () => {
      await fill(1, 25);
      await environment.query("ALTER TABLE idempotency_keys RENAME TO hidden");
      const purge = new IdempotencyPurge(service.database, silent);
      assert.equal(await purge.purge(), 0);
      await environment.query("ALTER TABLE hidden RENAME TO idempotency_keys");
      assert.equal(await purge.purge(), 1);
    });

    it("is no longer looked for after a stop, which waits for what is running", async () => {
      await fill(1_000, 25);
      const purge = new IdempotencyPurge(service.database, silent);
      purge.start();
      const running = purge.purge();
      await purge.stop();
      const left = await kept();
      assert.ok(await running <= 500);
      assert.equal(await kept(), left);
      assert.equal(await purge.purge(), 0);
    });

    it("keeps a stop waiting for the batch that is running", async () => {
      let finish: () => void = () => assert.fail("no batch has begun");
      const run = () => new Promise<[]>((resolve) => {
        finish = () => resolve([]);
      });
      const purge = new IdempotencyPurge({ run } as unknown as Database, silent);
      void purge.purge();
      let stopped = false;
      const stopping = purge.stop().then(() => {
        stopped = true;
      });
      await sleep(10);
      assert.equal(stopped, false, "the stop did not wait, and the database is closed next");
      finish();
      await stopping;
    });

    it("is looked for from the start of the service on", async () => {
      const start = mock.method(IdempotencyPurge.prototype, "start", () => undefined);
      try {
        await service.prepare(0, new AbortController().signal);
        assert.equal(start.mock.callCount(), 1);
      } finally {
        start.mock.restore();
      }
    });

    it("is looked for again and again, each quarter of an hour or more often", async () => {
      let asked = 0;
      const run = async () => {
        asked += 1;
        return [];
      };
      mock.timers.enable({ apis: ["setTimeout"] });
      const purge = new IdempotencyPurge({ run } as unknown as Database, silent);
      try {
        purge.start();
        for (const times of [1, 2, 3]) {
          mock.timers.tick(15 * 60_000);
          await setImmediate();
          assert.equal(asked, times);
        }
      } finally {
        mock.timers.reset();
        await purge.stop();
      }
    });
  });
});
