import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { MOST_DOCUMENTS } from "../src/documents.ts";
import { shareService } from "./support/service.ts";

const nobody = "01a20913-2edf-736d-842b-f8169a25c63b";
const json = { "content-type": "application/json" };

describe("/v1/users/{id}/data", () => {
  const { environment, service } = shareService();
  let id: string;

  beforeEach(async () => {
    await environment.query("TRUNCATE users CASCADE");
    id = (await service.request("POST /v1/users", { payload: { email: "a@example.com", name: "A" } })).json().id;
  });

  const put = (key: string, value: unknown) =>
    service.request(`PUT /v1/users/${id}/data/${key}`, { payload: JSON.stringify(value), headers: json });

  it("stores a document with 201, replaces it with 200, and gives every change a greater version", async () => {
    const first = await put("settings", { theme: "dark" });
    assert.equal(first.statusCode, 201);
    const { version } = first.json();
    assert.equal(first.headers.etag, `"${version}"`);
    const second = await put("settings", { theme: "light" });
    assert.equal(second.statusCode, 200);
    const entry = second.json();
    assert.equal(second.headers.etag, `"${entry.version}"`);
    assert.ok(entry.version > version);
    assert.deepEqual({ ...entry, version: 0, updatedAt: "" }, { key: "settings", version: 0, updatedAt: "" });

    const read = await service.request(`GET /v1/users/${id}/data/settings`);
    assert.deepEqual(read.json(), { theme: "light" });
    assert.equal(read.headers.etag, second.headers.etag);
  });

  it("says when a document was changed last, whichever way it was written", async () => {
    const times: string[] = [];
    for (const headers of [json, json, { ...json, "if-match": "*" }]) {
      times.push((await service.request(`PUT /v1/users/${id}/data/a`, { payload: "1", headers })).json().updatedAt);
      await sleep(2);
    }
    assert.equal(new Set(times).size, 3, String(times));
    assert.deepEqual(times.toSorted(), times);
  });

  it("never gives an ETag again: a document that was deleted and stored anew would pass for what a client has read", async () => {
    const etags: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (const headers of [json, json, { ...json, "if-match": "*" }]) {
        etags.push((await service.request(`PUT /v1/users/${id}/data/a`, { payload: "1", headers })).headers.etag);
      }
      await service.request(`DELETE /v1/users/${id}/data/a`);
    }
    assert.equal(new Set(etags).size, 9, String(etags));
  });

  for (const value of [null, true, 0, -1.5, "text", "", "\u2028\u{1F600}", [], {}, [[1, "a", null]], { "": { a: [1] } }]) {
    it(`gives back ${JSON.stringify(value)} as it was stored`, async () => {
      assert.equal((await put("any", value)).statusCode, 201);
      const read = await service.request(`GET /v1/users/${id}/data/any`);
      assert.equal(read.headers["content-type"], "application/json; charset=utf-8");
      assert.deepEqual(read.json(), value);
    });
  }

  it(`takes ${MOST_DOCUMENTS} of a user, so that all of them can be deleted with the user`, async () => {
    await environment.query(`
      INSERT INTO user_data (user_id, key, value)
      SELECT id, 'key-' || i, to_jsonb(repeat(md5(i::text), 500)) FROM users, generate_series(1, ${MOST_DOCUMENTS}) i`);
    const conditional = (headers: object) =>
      service.request(`PUT /v1/users/${id}/data/another`, { payload: "1", headers: { ...json, ...headers } });
    for (const refused of [await put("another", 1), await conditional({ "if-none-match": "*" })]) {
      assert.deepEqual([refused.statusCode, refused.json().type], [409, "/problems/too-many-documents"]);
      assert.match(refused.json().detail, /1000/);
    }
    assert.equal((await conditional({ "if-match": "*" })).statusCode, 412, "there is nothing under this key");
    assert.equal((await put("key-1", "replaced")).statusCode, 200);
    assert.equal((await service.request(`DELETE /v1/users/${id}/data/key-1`)).statusCode, 204);
    assert.equal((await put("another", 1)).statusCode, 201);
    assert.equal((await put("key-1", 1)).statusCode, 409);
    assert.equal((await service.request(`DELETE /v1/users/${id}`)).statusCode, 204);
  });

  it("keeps the documents of two users apart", async () => {
    const other = (await service.request("POST /v1/users", { payload: { email: "b@example.com", name: "B" } })).json().id;
    await put("settings", "mine");

    assert.equal((await service.request(`GET /v1/users/${other}/data/settings`)).statusCode, 404);
    assert.deepEqual((await service.request(`GET /v1/users/${other}/data`)).json(), { items: [], nextCursor: null });
  });

  it("lists documents page by page in the order of their bytes, without their values", async () => {
    const keys = ["a", "a-b", "a.b", "a_b", "ab", "b"];
    for (const key of keys.toReversed()) {
      await put(key, key);
    }
    const first = (await service.request(`GET /v1/users/${id}/data?limit=4`)).json();
    const second = (await service.request(`GET /v1/users/${id}/data?limit=4&cursor=${first.nextCursor}`)).json();

    assert.deepEqual([...first.items, ...second.items].map(({ key }) => key), keys);
    assert.equal(second.nextCursor, null);
    assert.deepEqual(Object.keys(first.items[0]).sort(), ["key", "updatedAt", "version"]);
  });

  it("deletes a document, and does not mind deleting again", async () => {
    await put("a", 1);
    assert.equal((await service.request(`DELETE /v1/users/${id}/data/a`)).statusCode, 204);
    assert.equal((await service.request(`GET /v1/users/${id}/data/a`)).statusCode, 404);
    assert.equal((await service.request(`DELETE /v1/users/${id}/data/a`)).statusCode, 204);
  });

  it("answers 404 for a user who does not exist", async () => {
    for (const line of [`GET /v1/users/${nobody}/data`, `GET /v1/users/${nobody}/data/a`, `PUT /v1/users/${nobody}/data/a`] as const) {
      const body = line.startsWith("PUT") ? { payload: "1", headers: json } : {};
      const response = await service.request(line, body);
      assert.equal(response.statusCode, 404, line);
      assert.equal(response.json().type, "/problems/not-found");
    }
  });

  it("answers 201 or 404, never 5xx, when the user is deleted while documents are stored", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id: user } = (await service.request("POST /v1/users", {
        payload: { email: `r${round}@example.com`, name: "R" },
      })).json();
      const responses = await Promise.all([
        ...Array.from({ length: 6 }, (_, i) => service.request(`PUT /v1/users/${user}/data/k${i}`, { payload: "1", headers: json })),
        service.request(`DELETE /v1/users/${user}`),
      ]);
      for (const { statusCode } of responses) {
        assert.ok([201, 204, 404].includes(statusCode), String(statusCode));
      }
    }
  });

  for (const key of ["A", "1a", "-", "a%20b", "a%00", "k".repeat(65)]) {
    it(`refuses the key ${key}`, async () => {
      const response = await put(key, 1);
      assert.equal(response.statusCode, 400);
      assert.equal(response.json().errors[0].pointer, "/key");
    });
  }

  for (const query of ["limit=0", "limit=101", "limit=1e1", "cursor=", "cursor=QQ", "email=a@example.com"]) {
    it(`refuses the query ${query} of a page`, async () => {
      const response = await service.request(`GET /v1/users/${id}/data?${query}`);
      assert.equal(response.statusCode, 400);
      assert.deepEqual(response.json().errors.map(({ pointer }: { pointer: string }) => pointer), [`/${query.split("=")[0]}`]);
    });
  }

  it("takes a document of 16 KiB and refuses a larger one", async () => {
    assert.equal((await put("big", "x".repeat(16_382))).statusCode, 201);
    const response = await put("big", "x".repeat(16_383));
    assert.equal(response.statusCode, 400);
    assert.equal(response.json().errors[0].code, "x-json-limits");
  });

  it("measures a document in bytes, of which a letter may be several", async () => {
    assert.equal((await put("big", "\u00e9".repeat(8_191))).statusCode, 201);
    const response = await put("big", "\u00e9".repeat(8_192));
    assert.equal(response.statusCode, 400, "16,386 bytes");
    assert.equal(response.json().errors[0].code, "x-json-limits");
  });

  it("measures a document with its numbers as they come back: 16 KiB of 1e-300 would be 700 kB in every answer", async () => {
    assert.equal((await put("tiny", Array(50).fill(1e-300))).statusCode, 201);
    const { body } = await service.request(`GET /v1/users/${id}/data/tiny`);
    assert.ok(body.length > 15_000 && body.length < 16_384, `${body.length}`);
    assert.deepEqual(JSON.parse(body), Array(50).fill(1e-300));

    const response = await put("tiny", Array(55).fill(1e-300));
    assert.equal(response.statusCode, 400, "55 of them are more than 16 KiB");
    assert.equal(response.json().errors[0].code, "x-json-limits");
  });

  const malformed: [string, string | Buffer | undefined][] = [
    ["no body", undefined],
    ["an empty body", ""],
    ["what is not JSON", "{"],
    ["two values", "1 2"],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["NUL in a string", "\"\\u0000\""],
    ["NUL in a key", "{\"a\\u0000\":1}"],
    ["a lone surrogate", "\"\\ud800\""],
    ["a lone surrogate in a key", "{\"\\udc00\":1}"],
    ["a number beyond a double", "1e400"],
    ["an integer that a double rounds", "9007199254740993"],
    ["lists nested 30,000 deep", "[".repeat(30_000) + "]".repeat(30_000)],
    ["a key that an object has twice", "{\"a\":1,\"b\":[{\"a\":\":\"},{\"a\":1,\"\\u0061\":2}]}"],
    ["the key __proto__", "{\"__proto__\":{\"a\":1}}"],
  ];
  for (const [what, payload] of malformed) {
    it(`refuses ${what}`, async () => {
      const response = await service.request(`PUT /v1/users/${id}/data/a`, { ...(payload === undefined ? {} : { payload }), headers: json });
      assert.equal(response.statusCode, 400, response.body);
      assert.equal(response.json().type, "/problems/malformed-request");
    });
  }

  it("takes equal keys of different objects, and colons and quotes in strings", async () => {
    const value = { a: { a: [{ a: 1 }, { a: "\\" }] }, "b:": "\":\\\":", c: ":" };
    assert.equal((await put("any", value)).statusCode, 201);
    assert.deepEqual((await service.request(`GET /v1/users/${id}/data/any`)).json(), value);
  });

  for (const [mediaType, status] of [
    ["application/json; charset=latin1", 415], ["application/json; charset=\"utf-16\"", 415], ["application/merge-patch+json", 415],
    ["application/json; charset=UTF-8", 201], ["application/json;charset=\"utf-8\"", 201], ["Application/JSON; version=1", 201],
  ] as const) {
    it(`answers a body of the media type ${mediaType} with ${status}, since JSON is UTF-8`, async () => {
      const response = await service.request(`PUT /v1/users/${id}/data/a`, {
        payload: "1", headers: { "content-type": mediaType },
      });
      assert.equal(response.statusCode, status, response.body);
    });
  }

  it("refuses a document nested nine deep", async () => {
    assert.equal((await put("deep", JSON.parse("[".repeat(8) + "]".repeat(8)))).statusCode, 201);
    assert.equal((await put("deep", JSON.parse("[".repeat(9) + "]".repeat(9)))).statusCode, 400);
  });
});
