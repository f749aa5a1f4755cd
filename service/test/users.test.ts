import assert from "node:assert/strict";

import { shareService } from "./support/service.ts";

describe("/v1/users", () => {
  const { environment, service } = shareService();

  beforeEach(() => environment.query("TRUNCATE users CASCADE"));

  const create = (payload: object) => service.request("POST /v1/users", { payload });

  it("creates a user with an id that sorts by time, and says where the user is", async () => {
    const response = await create({ email: "Ada@example.com", name: "Ada", attributes: { plan: "free", tags: ["a"] } });
    const user = response.json();

    assert.equal(response.statusCode, 201);
    assert.equal(response.headers.location, `/v1/users/${user.id}`);
    assert.equal(response.headers.etag, "\"1\"");
    assert.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const { id, createdAt, updatedAt, ...rest } = user;
    assert.deepEqual(rest, {
      email: "Ada@example.com", name: "Ada", attributes: { plan: "free", tags: ["a"] }, version: 1,
    });
    assert.equal(createdAt, updatedAt);
    assert.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000);

    const read = await service.request(`GET /v1/users/${id}`);
    assert.deepEqual(read.json(), user);
    assert.equal(read.headers.etag, "\"1\"");
  });

  it("gives a user without attributes an empty object", async () => {
    assert.deepEqual((await create({ email: "a@example.com", name: "A" })).json().attributes, {});
  });

  it("refuses an email address that another user has in other letters, and opens no connection for it", async () => {
    await create({ email: "ada@example.com", name: "Ada" });
    const pids = () => environment.queryAsSuperuser<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE usename = 'accounts_service' ORDER BY pid");
    const before = await pids();
    for (let i = 0; i < 20; i += 1) {
      const response = await create({ email: "ADA@Example.com", name: "Another" });
      assert.equal(response.statusCode, 409);
      assert.equal(response.json().type, "/problems/email-taken");
    }
    assert.deepEqual(await pids(), before);
  });

  it("lets exactly one of many simultaneous requests have an email address", async () => {
    const responses = await Promise.all(Array.from({ length: 12 }, () => create({ email: "x@example.com", name: "X" })));

    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    assert.deepEqual(statuses, [201, ...Array.from({ length: 11 }, () => 409)]);
  });

  it("lists users page by page, each once, oldest first", async () => {
    const created: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      created.push((await create({ email: `u${i}@example.com`, name: "U" })).json().id);
    }
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = (await service.request(`GET /v1/users?limit=2${cursor && `&cursor=${cursor}`}`)).json();
      assert.ok(page.items.length <= 2);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);

    assert.deepEqual(seen, created);
  });

  it("says that there is no next page when the last one is full", async () => {
    await create({ email: "a@example.com", name: "A" });
    await create({ email: "b@example.com", name: "B" });

    assert.equal((await service.request("GET /v1/users?limit=2")).json().nextCursor, null);
  });

  it("finds a user by email address, whatever the letters", async () => {
    await create({ email: "ada@example.com", name: "Ada" });
    await create({ email: "bob@example.com", name: "Bob" });

    const found = (await service.request("GET /v1/users?email=ADA@example.com")).json();
    assert.deepEqual(found.items.map(({ name }: { name: string }) => name), ["Ada"]);
    assert.deepEqual((await service.request("GET /v1/users?email=eve@example.com")).json(), { items: [], nextCursor: null });
  });

  it("deletes a user with all documents, and does not mind deleting again", async () => {
    const { id } = (await create({ email: "a@example.com", name: "A" })).json();
    await service.request(`PUT /v1/users/${id}/data/settings`, { payload: { theme: "dark" } });

    assert.equal((await service.request(`DELETE /v1/users/${id}`)).statusCode, 204);
    assert.equal((await service.request(`GET /v1/users/${id}`)).statusCode, 404);
    assert.equal((await service.request(`DELETE /v1/users/${id}`)).statusCode, 204);
    assert.deepEqual(await environment.query("SELECT * FROM user_data"), []);
  });

  it("refuses an id that is not a UUID, before it reaches the database", async () => {
    for (const id of ["42", "urn:uuid:01a20913-2edf-736d-842b-f8169a25c63b", "01a20913-2edf-736d-842b-f8169a25c63", "%00"]) {
      const response = await service.request(`GET /v1/users/${id}`);
      assert.equal(response.statusCode, 400, id);
      assert.deepEqual(response.json().errors.map(({ pointer }: { pointer: string }) => pointer), ["/id"]);
    }
  });

  const refused: [string, object, string, string][] = [
    ["no email", { name: "A" }, "/email", "required"],
    ["an email without a domain", { email: "ada", name: "A" }, "/email", "format"],
    ["an email that is too long", { email: `a@${"b".repeat(250)}.com`, name: "A" }, "/email", "maxLength"],
    ["an empty name", { email: "a@b.co", name: "" }, "/name", "minLength"],
    ["a name of blanks", { email: "a@b.co", name: " \u00a0\u3000" }, "/name", "pattern"],
    ["a name that nobody can see", { email: "a@b.co", name: "\u200b \ufeff" }, "/name", "pattern"],
    ["a number as name, which is not turned into text", { email: "a@b.co", name: 5 }, "/name", "type"],
    ["a name with a line break", { email: "a@b.co", name: "A\nB" }, "/name", "pattern"],
    ["a name of 201 characters", { email: "a@b.co", name: "n".repeat(201) }, "/name", "maxLength"],
    ["a field that does not exist, which is not dropped", { email: "a@b.co", name: "A", admin: true }, "/admin", "additionalProperties"],
    ["null as attributes", { email: "a@b.co", name: "A", attributes: null }, "/attributes", "type"],
    ["a string as attributes", { email: "a@b.co", name: "A", attributes: "free" }, "/attributes", "type"],
    ["a list as attributes", { email: "a@b.co", name: "A", attributes: [] }, "/attributes", "type"],
    ["attributes over 8 KiB", { email: "a@b.co", name: "A", attributes: { a: "x".repeat(8_200) } }, "/attributes", "x-json-limits"],
    ["attributes over 8 KiB as PostgreSQL writes them", {
      email: "a@b.co", name: "A", attributes: { a: Array(30).fill(-1.5e-300) },
    }, "/attributes", "x-json-limits"],
    ["attributes nested nine deep", { email: "a@b.co", name: "A", attributes: nested(9) }, "/attributes", "x-json-limits"],
    ["65 attributes", {
      email: "a@b.co", name: "A", attributes: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])),
    }, "/attributes", "x-json-limits"],
  ];
  for (const [what, payload, pointer, code] of refused) {
    it(`refuses ${what}`, async () => {
      const response = await create(payload);
      assert.equal(response.statusCode, 400);
      const problem = response.json();
      assert.equal(problem.type, "/problems/validation-failed");
      assert.equal(problem.errors.length, 1);
      assert.deepEqual([problem.errors[0].pointer, problem.errors[0].code], [pointer, code]);
    });
  }

  it("takes names and attributes at their limits, and gives them back unchanged", async () => {
    const input = { email: "a@b.co", name: "\u{1F600}".repeat(200), attributes: { deep: nested(7), text: "\u2028é" } };
    const { id } = (await create(input)).json();
    const { name, attributes } = (await service.request(`GET /v1/users/${id}`)).json();

    assert.deepEqual({ name, attributes }, { name: input.name, attributes: input.attributes });
  });

  it("takes a name that begins with a mark for its direction, and one character of an emoji's family", async () => {
    for (const [index, name] of ["\u200fעדה", "\u{1F469}\u200d\u{1F680}", "x"].entries()) {
      assert.equal((await create({ email: `n${index}@b.co`, name })).json().name, name);
    }
  });

  it("keeps members whose names hold line breaks, in every answer", async () => {
    const attributes = { "a\nb": 1, "a\rb": 2, "a\u2028b": 3 };
    const created = (await create({ email: "a@b.co", name: "Ada", attributes })).json();
    const { items } = (await service.request("GET /v1/users")).json();

    assert.deepEqual([created.attributes, items[0].attributes], [attributes, attributes]);
  });

  for (const query of ["limit=0", "limit=101", "limit=ten", "limit=", "limit=0x10", "limit=1e1", "limit=2.0", "limit=%205", "limit=05", "limit=1&limit=2", "cursor=", "cursor=%00", "cursor=YWJj",
    "email=nobody", "page=2"]) {
    it(`refuses the query ${query}`, async () => {
      const response = await service.request(`GET /v1/users?${query}`);
      assert.equal(response.statusCode, 400);
      assert.equal(response.json().errors.length, 1);
    });
  }
});

function nested(depth: number): object {
  return depth === 1 ? {} : { a: nested(depth - 1) };
}
