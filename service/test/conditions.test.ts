import assert from "node:assert/strict";

import { shareService } from "./support/service.ts";

const nobody = "01a20913-2edf-736d-842b-f8169a25c63b";
const json = { "content-type": "application/json" };

describe("conditional requests", () => {
  const { environment, service } = shareService();
  let user: `/v1/users/${string}`;
  let document: `/v1/users/${string}`;
  /** Of the document. */
  let etag: string;

  beforeEach(async () => {
    await environment.query("TRUNCATE users CASCADE");
    const created = await service.request("POST /v1/users", { payload: { email: "a@example.com", name: "A" } });
    user = `/v1/users/${created.json<{ id: string }>().id}`;
    document = `${user}/data/settings`;
    etag = String((await put("first")).headers.etag);
  });

  const put = (value: unknown, headers: Record<string, string> = {}, path = document) =>
    service.request(`PUT ${path}`, { payload: JSON.stringify(value), headers: { ...json, ...headers } });
  const stored = async () => (await service.request(`GET ${document}`)).json();
  /** What a client may send, with the current ETag in place of `ETAG`. */
  const headerOf = (template: string) => template.replace("ETAG", etag);

  const known: [string, boolean][] = [
    ["ETAG", true], ["W/ETAG", true], ["*", true], ["\"x\", ETAG", true], [", ,ETAG,", true], ["\"a,b\",W/ETAG", true],
    ["\"0\"", false], ["\"x\"", false], ["\"\"", false], ["W/\"1.0\", \"01\"", false],
  ];
  for (const [template, current] of known) {
    it(`answer GET and HEAD with ${current ? "304 and no body" : "200"} on If-None-Match: ${template}`, async () => {
      for (const method of ["GET", "HEAD"] as const) {
        const response = await service.request(`${method} ${document}`, { headers: { "if-none-match": headerOf(template) } });
        assert.equal(response.statusCode, current ? 304 : 200);
        assert.equal(response.headers.etag, etag);
        assert.equal(response.body, current || method === "HEAD" ? "" : "\"first\"");
      }
    });
  }

  it("answer 304 for a user, too, until the user changes", async () => {
    const headers = { "if-none-match": "\"1\"" };
    assert.equal((await service.request(`GET ${user}`, { headers })).statusCode, 304);
    await service.request(`PATCH ${user}`, { payload: { name: "B" }, headers: { "if-match": "*" } });
    assert.equal((await service.request(`GET ${user}`, { headers })).statusCode, 200);
  });

  const matching: [string, boolean][] = [
    ["ETAG", true], ["*", true], ["\"x\", ETAG", true], ["\"x\",,ETAG , ", true],
    ["W/ETAG", false], ["\"0\"", false], ["\"x\"", false], ["\"99999999999999999999\"", false],
  ];
  for (const [template, holds] of matching) {
    it(`${holds ? "let" : "keep"} PUT and DELETE of a document ${holds ? "pass" : "off"} on If-Match: ${template}`, async () => {
      const replaced = await put("second", { "if-match": headerOf(template) });
      assert.equal(replaced.statusCode, holds ? 200 : 412);
      assert.equal(await stored(), holds ? "second" : "first");

      etag = String(replaced.headers.etag ?? etag);
      const deleted = await service.request(`DELETE ${document}`, { headers: { "if-match": headerOf(template) } });
      assert.equal(deleted.statusCode, holds ? 204 : 412);
      assert.equal((await service.request(`GET ${document}`)).statusCode, holds ? 404 : 200);
    });
  }

  it("let a user be deleted only in the version that was read", async () => {
    await service.request(`PATCH ${user}`, { payload: { name: "B" }, headers: { "if-match": "\"1\"" } });
    assert.equal((await service.request(`DELETE ${user}`, { headers: { "if-match": "\"1\"" } })).statusCode, 412);
    assert.equal((await service.request(`DELETE ${user}`, { headers: { "if-match": "\"2\"" } })).statusCode, 204);
  });

  it("answer a DELETE of what is gone with 412 on If-Match and with 204 without, since only that is idempotent", async () => {
    for (const path of [`${user}/data/nothing`, `/v1/users/${nobody}`, `/v1/users/${nobody}/data/a`] as const) {
      assert.equal((await service.request(`DELETE ${path}`, { headers: { "if-match": "*" } })).statusCode, 412, path);
      assert.equal((await service.request(`DELETE ${path}`)).statusCode, 204, path);
    }
  });

  it("create a document on If-None-Match: * and never replace one", async () => {
    assert.equal((await put("second", { "if-none-match": "*" })).statusCode, 412);
    assert.equal(await stored(), "first");
    assert.equal((await put("new", { "if-none-match": "*" }, `${user}/data/other`)).statusCode, 201);
  });

  it("do not create a document on If-Match: there is none that could match", async () => {
    assert.equal((await put(1, { "if-match": "*" }, `${user}/data/other`)).statusCode, 412);
    assert.equal((await service.request(`GET ${user}/data/other`)).statusCode, 404);
  });

  it("replace a document that has none of the versions of If-None-Match", async () => {
    assert.equal((await put("second", { "if-none-match": `"0", ${etag}` })).statusCode, 412);
    assert.equal((await put("second", { "if-none-match": "\"0\"" })).statusCode, 200);
  });

  it("hold when both of them do", async () => {
    assert.equal((await put("second", { "if-match": "*", "if-none-match": etag })).statusCode, 412);
    assert.equal((await put("second", { "if-match": etag, "if-none-match": "\"0\"" })).statusCode, 200);
  });

  it("do not hide that there is no such user", async () => {
    const path: typeof user = `/v1/users/${nobody}/data/a`;
    for (const headers of [{ "if-match": "*" }, { "if-none-match": "*" }] as Record<string, string>[]) {
      assert.equal((await put(1, headers, path)).statusCode, 404);
    }
  });

  for (const header of ["1", "", "\"a", "a\"", "W/", "w/\"1\"", "*, \"1\"", "\"1\" \"2\"", "\"1\"x", "\"a b\"", ", ,", `${"\"1\",".repeat(2_000)}x`]) {
    it(`are refused with 400 when malformed: ${header.slice(0, 20)}`, async () => {
      for (const [line, name] of [
        [`GET ${document}`, "if-none-match"], [`GET ${user}`, "if-none-match"], [`PUT ${document}`, "if-none-match"],
        [`PUT ${document}`, "if-match"], [`PATCH ${user}`, "if-match"], [`DELETE ${user}`, "if-match"], [`DELETE ${document}`, "if-match"],
      ] as const) {
        const body = /^P/.test(line) ? { payload: "{}" } : {};
        const response = await service.request(line, { ...body, headers: { ...body.payload && json, [name]: header } });
        assert.equal(response.statusCode, 400, line);
        assert.equal(response.json().errors[0].pointer, `/${name}`);
      }
      assert.equal(await stored(), "first");
    });
  }

  it("lose no update: of many writers who read the same version, one wins", async () => {
    for (let round = 0; round < 5; round += 1) {
      const responses = await Promise.all(
        Array.from({ length: 8 }, (_, i) => put(`${round}-${i}`, { "if-match": etag })));
      const winners = responses.filter(({ statusCode }) => statusCode === 200);
      assert.equal(winners.length, 1);
      assert.deepEqual(responses.filter(({ statusCode }) => statusCode === 412).length, 7);
      assert.equal(await stored(), `${round}-${responses.indexOf(winners[0]!)}`);
      etag = String(winners[0]!.headers.etag);
    }
  });

  it("create once: of many who find nothing, one creates", async () => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, (_, i) => put(i, { "if-none-match": "*" }, `${user}/data/new`)));
    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    assert.deepEqual(statuses, [201, ...Array.from({ length: 7 }, () => 412)]);
  });

  it("do not bring a document back that is deleted while it is replaced", async () => {
    for (let round = 0; round < 10; round += 1) {
      etag = String((await put("again")).headers.etag);
      const [replaced, deleted] = await Promise.all([
        put("second", { "if-match": etag }), service.request(`DELETE ${document}`, { headers: { "if-match": etag } }),
      ]);
      const statuses = [replaced.statusCode, deleted.statusCode];
      assert.deepEqual(statuses, replaced.statusCode === 200 ? [200, 412] : [412, 204]);
      assert.equal((await service.request(`GET ${document}`)).statusCode, replaced.statusCode === 200 ? 200 : 404);
    }
  });
});
