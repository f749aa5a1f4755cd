import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";

import { shareService } from "./support/service.ts";

interface User {
  readonly id: string;
  readonly version: number;
  readonly attributes: object;
  readonly updatedAt: string;
}

describe("PATCH /v1/users/{id}", () => {
  const { environment, service } = shareService();
  let user: User;

  beforeEach(async () => {
    await environment.query("TRUNCATE users CASCADE");
    user = await create("ada@example.com", { plan: "free", address: { city: "London", zip: "1" } });
  });

  const create = async (email: string, attributes: object = {}) =>
    (await service.request("POST /v1/users", { payload: { email, name: "Ada", attributes } })).json<User>();
  const patch = (payload: unknown, headers: Record<string, string> = {}, id = user.id) => service.request(`PATCH /v1/users/${id}`, {
    payload: JSON.stringify(payload), headers: { "if-match": "*", "content-type": "application/merge-patch+json", ...headers },
  });

  it("changes what it names and leaves the rest, and answers with the user and a new ETag", async () => {
    const response = await patch({ name: "Ada King" }, { "if-match": "\"1\"" });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.etag, "\"2\"");
    const changed = response.json<User>();
    assert.deepEqual(changed, { ...user, name: "Ada King", version: 2, updatedAt: changed.updatedAt });
    assert.ok(changed.updatedAt > user.updatedAt);
    assert.deepEqual((await service.request(`GET /v1/users/${user.id}`)).json(), changed);
  });

  it("is taken as application/json, too", async () => {
    assert.equal((await patch({ name: "B" }, { "content-type": "application/json" })).statusCode, 200);
  });

  const attributes: [unknown, object][] = [
    [{ plan: null }, { address: { city: "London", zip: "1" } }],
    [{ address: { zip: null } }, { plan: "free", address: { city: "London" } }],
    [{ address: "none" }, { plan: "free", address: "none" }],
    [{ tags: ["a", null] }, { plan: "free", address: { city: "London", zip: "1" }, tags: ["a", null] }],
    [{ nothing: null, deep: { er: null } }, { plan: "free", address: { city: "London", zip: "1" }, deep: {} }],
    [null, {}],
  ];
  for (const [change, result] of attributes) {
    it(`makes of the attributes with ${JSON.stringify(change)}: ${JSON.stringify(result)}`, async () => {
      assert.deepEqual((await patch({ attributes: change })).json<User>().attributes, result);
    });
  }

  const same = { name: "Ada", email: "ada@example.com", attributes: { address: { zip: "1", city: "London" } } };
  for (const change of [{}, same, { attributes: { nothing: null } }]) {
    it(`keeps the version when it changes nothing: ${JSON.stringify(change)}`, async () => {
      const response = await patch(change);
      assert.deepEqual([response.statusCode, response.headers.etag, response.json()], [200, "\"1\"", user]);
    });
  }

  it("keeps the version when all it does is to write 0 as -0, which JSON can say and the database does not keep", async () => {
    const zero = await create("zero@example.com", { n: 0 });
    const response = await service.request(`PATCH /v1/users/${zero.id}`, {
      payload: "{\"attributes\":{\"n\":-0}}", headers: { "if-match": "\"1\"", "content-type": "application/json" },
    });
    assert.deepEqual([response.headers.etag, response.json()], ["\"1\"", zero]);
  });

  it("needs If-Match, so that nobody overwrites what another has changed", async () => {
    const response = await service.request(`PATCH /v1/users/${user.id}`, { payload: { name: "B" } });
    assert.equal(response.statusCode, 428);
    assert.equal(response.json().type, "/problems/precondition-required");
  });

  it("answers 412 for a version that is no longer stored, and 404 for a user who is not, whatever the condition", async () => {
    await patch({ name: "B" });
    assert.equal((await patch({ name: "C" }, { "if-match": "\"1\"" })).statusCode, 412);
    assert.equal((await patch({ name: "C" }, { "if-match": "\"1\"" }, "01a20913-2edf-736d-842b-f8169a25c63b")).statusCode, 404);
  });

  const refused: [unknown, string, string][] = [
    [{ email: null }, "/email", "type"],
    [{ name: null }, "/name", "type"],
    [{ name: " " }, "/name", "pattern"],
    [{ email: "ada" }, "/email", "format"],
    [{ version: 7 }, "/version", "additionalProperties"],
    [{ id: null }, "/id", "additionalProperties"],
    [{ attributes: [] }, "/attributes", "anyOf"],
    [[], "", "type"],
    [null, "", "type"],
    [{ attributes: { more: "x".repeat(8_150) } }, "/attributes", "x-json-limits"],
    [{ attributes: Object.fromEntries(Array.from({ length: 63 }, (_, i) => [`k${i}`, i])) }, "/attributes", "x-json-limits"],
    [{ attributes: { a: nested(8) } }, "/attributes", "x-json-limits"],
  ];
  for (const [change, pointer, code] of refused) {
    it(`refuses ${JSON.stringify(change).slice(0, 50)}, and changes nothing`, async () => {
      const response = await patch(change);
      assert.equal(response.statusCode, 400);
      const [error] = response.json().errors;
      assert.equal(error.pointer, pointer);
      assert.ok(code === "anyOf" || error.code === code, error.code);
      assert.deepEqual((await service.request(`GET /v1/users/${user.id}`)).json(), user);
    });
  }

  it("may name more members than a user may have, when it removes them", async () => {
    const removed = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, null]));
    assert.equal((await patch({ attributes: { ...removed, plan: null } })).statusCode, 200);
  });

  it("refuses an email address that another user has, without an error in the database's log", async () => {
    await create("bob@example.com");
    const lines = environment.log.length;
    const response = await patch({ email: "BOB@example.com" });
    assert.equal(response.statusCode, 409);
    assert.equal(response.json().type, "/problems/email-taken");
    assert.deepEqual(environment.log.slice(lines).filter((line) => line.includes("ERROR")), []);
  });

  it("may change the letters of the user's own address", async () => {
    assert.equal((await patch({ email: "ADA@example.com" })).json().email, "ADA@example.com");
  });

  it("gives an email address to one of many users who want it at the same moment", async () => {
    const others = await Promise.all(Array.from({ length: 6 }, (_, i) => create(`u${i}@example.com`)));
    const responses = await Promise.all(others.map(({ id }) => patch({ email: "wanted@example.com" }, {}, id)));
    assert.deepEqual(responses.map(({ statusCode }) => statusCode).sort(), [200, 409, 409, 409, 409, 409]);
    assert.ok(responses.every(({ statusCode, body }) => statusCode === 200 || body.includes("email-taken")));
  });

  it("answers the same when the other user takes the address after it was found free", async () => {
    const other = await create("bob@example.com");
    const session = await environment.connect();
    await session.query(`BEGIN; UPDATE users SET email = 'wanted@example.com' WHERE id = '${other.id}'`);
    const answer = patch({ email: "wanted@example.com" });
    const waiting = "SELECT FROM pg_stat_activity WHERE usename = 'accounts_service' AND wait_event_type = 'Lock'";
    while ((await environment.queryAsSuperuser(waiting)).length === 0) {
      await setImmediate();
    }
    await session.query("COMMIT");
    await session.end();
    assert.equal((await answer).json().type, "/problems/email-taken");
  });

  it("loses no change of many at once, each of another member, and gives up rather than try for ever", async () => {
    const responses = await Promise.all(Array.from({ length: 12 }, (_, i) => patch({ attributes: { [`k${i}`]: i } })));
    const won = responses.flatMap(({ statusCode }, i) => statusCode === 200 ? [i] : []);
    assert.ok(won.length >= 5, String(won.length));
    for (const response of responses.filter(({ statusCode }) => statusCode !== 200)) {
      assert.deepEqual([response.statusCode, response.json().type], [409, "/problems/conflict"]);
    }
    const stored = (await service.request(`GET /v1/users/${user.id}`)).json<User>();
    assert.equal(stored.version, 1 + won.length);
    assert.deepEqual(stored.attributes, { ...user.attributes, ...Object.fromEntries(won.map((i) => [`k${i}`, i])) });
  });

  it("lets one of many pass who have read the same version", async () => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, (_, i) => patch({ name: `N${i}` }, { "if-match": "\"1\"" })));
    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    assert.deepEqual(statuses, [200, ...Array.from({ length: 7 }, () => 412)]);
  });

  it("says which media types a patch may have when it has another, or another charset", async () => {
    for (const type of ["text/plain", "application/json-patch+json", "application/merge-patch+json; charset=latin1"]) {
      const response = await patch({}, { "content-type": type });
      assert.equal(response.statusCode, 415);
      assert.equal(response.headers["accept-patch"], "application/merge-patch+json, application/json");
    }
  });
});

function nested(depth: number): object {
  return depth === 1 ? {} : { a: nested(depth - 1) };
}
