import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { breakingChanges, type ApiDocument } from "./support/breaking-changes.ts";
import { OPENAPI_FILE, openApiText, readDocument, RELEASED_FILE, withDocument } from "./support/openapi.ts";
import { shareService } from "./support/service.ts";

describe("the OpenAPI document", () => {
  const { service } = shareService(withDocument);
  let document: ApiDocument;

  before(async () => {
    document = (await service.request("GET /openapi.json", { key: null })).json();
  });

  const operations = () => Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ line: `${method.toUpperCase()} ${path}`, operation })));

  it("is the one in the repository, so that a review sees what a change does to clients", () => {
    assert.equal(readFileSync(OPENAPI_FILE, "utf8"), openApiText(service.app), "it has changed: run `npm run openapi`");
  });

  it("breaks nothing that the newest release promised", () => {
    assert.deepEqual(breakingChanges(readDocument(RELEASED_FILE), document), []);
  });

  it("gives every operation a name of its own, for generators of clients", () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    assert.ok(ids.every((id) => /^[a-z][A-Za-z]+$/.test(id ?? "")), String(ids));
    assert.equal(new Set(ids).size, ids.length);
  });

  it("describes every answer behind an API key as far as the key, the limits and the database go", () => {
    for (const { line, operation } of operations().filter((each) => each.line.includes(" /v1/"))) {
      const writes = !line.startsWith("GET");
      const expected = ["400", "401", "403", "500", "503", ...writes ? ["413", "415", "429"] : []];
      assert.deepEqual(expected.filter((status) => operation.responses[status] === undefined), [], line);
    }
  });

  it("lets no body have members beside those it names, which would be dropped without a word", () => {
    const bodies = operations().flatMap(({ line, operation }) =>
      Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema = {} }]) => ({ body: `${line} ${type}`, schema })));
    const naming = bodies.filter(({ schema }) => schema.properties !== undefined);
    assert.ok(naming.length > 0);
    const open = naming.filter(({ schema }) => schema.additionalProperties !== false);
    assert.deepEqual(open.map(({ body }) => body), []);
  });

  it("has an example for every body", () => {
    const schemas = document.components?.schemas ?? {};
    for (const { line, operation } of operations()) {
      const answers = Object.entries(operation.responses).map(([status, { content }]) => [status, content] as const);
      for (const [where, content = {}] of [["body", operation.requestBody?.content] as const, ...answers]) {
        for (const { schema = {}, ...media } of Object.values(content)) {
          const named = schemas[schema.$ref?.split("/").at(-1) ?? ""] ?? schema;
          const constant = named.properties?.["status"]?.const ?? named.properties?.["status"]?.enum;
          const shown = "example" in media || "examples" in media || "examples" in named || constant !== undefined;
          assert.ok(shown || named.type === "string", `${line} ${where} has no example`);
        }
      }
    }
  });
});

const base = {
  paths: {
    "/things": {
      get: {
        operationId: "listThings",
        parameters: [
          { in: "query", name: "limit", required: false, schema: { type: "integer", minimum: 1, maximum: 100 } },
          { in: "header", name: "If-Match", required: false, schema: { type: "string" } },
        ],
        responses: {
          200: {
            headers: { ETag: { required: true, schema: { type: "string" } } },
            content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
          },
          404: { content: { "application/problem+json": { schema: { type: "object" } } } },
        },
      },
      post: {
        operationId: "createThing",
        requestBody: {
          required: false,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["name"],
                additionalProperties: false,
                properties: {
                  name: { type: "string", minLength: 1, maxLength: 200, pattern: "^a" },
                  kind: { type: "string", enum: ["a", "b"] },
                  note: { anyOf: [{ type: "string" }, { type: "null" }] },
                  size: { type: "number" },
                  more: { type: "object", additionalProperties: { type: "string" }, "x-json-limits": { maxBytes: 10 } },
                },
              },
            },
            "application/merge-patch+json": { schema: {} },
          },
        },
        responses: { 201: {} },
      },
    },
    "/other": { get: { operationId: "other", responses: { 200: {} } } },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        required: ["id", "name"],
        properties: {
          id: { type: "string", maxLength: 36, pattern: "^[0-9]" },
          name: { type: "string" },
          state: { type: "string", enum: ["on", "off"] },
          tags: { type: "array", items: { type: "string", maxLength: 5 } },
        },
      },
    },
  },
} satisfies ApiDocument;

type Base = typeof base;
/** Tests take parts away and add others, so the types of the base are in the way. */
type Loose = Record<string, never> & { [key: string]: Loose };

describe("breaking changes", () => {
  const changed = (change: (parts: { document: Base; get: Loose; post: Loose; body: Loose; thing: Loose }) => void) => {
    const document = structuredClone(base);
    const { get, post } = document.paths["/things"];
    const parts = { get, post, body: post.requestBody.content["application/json"].schema, thing: document.components.schemas.Thing };
    change({ document, ...parts as unknown as Record<keyof typeof parts, Loose> });
    return breakingChanges(base, document);
  };
  const drop = (from: object, name: string) => Reflect.deleteProperty(from, name);

  const body = "POST /things: the body as application/json";
  const answer = "GET /things: the answer 200 as application/json";
  const breaking: [string, Parameters<typeof changed>[0], string][] = [
    ["a path that is gone", ({ document }) => drop(document.paths, "/other"), "GET /other is gone"],
    ["a method that is gone", ({ document }) => drop(document.paths["/things"], "post"), "POST /things is gone"],
    ["another operationId", ({ get }) => Object.assign(get, { operationId: "x" }), "GET /things: its operationId was listThings and is x"],
    ["a key that is needed now", ({ get }) => Object.assign(get, { security: [{ apiKey: [] }] }),
      "GET /things: it needs authentication now"],
    ["a status that is gone", ({ get }) => drop(get["responses"]!, "404"), "GET /things: the answer 404 is gone"],
    ["a media type that is no longer taken", ({ post }) => drop(post["requestBody"]!["content"]!, "application/merge-patch+json"),
      "POST /things: the body has lost the media type application/merge-patch+json"],
    ["a media type that is no longer answered", ({ get }) => drop(get["responses"]!["404"]!["content"]!, "application/problem+json"),
      "GET /things: the answer 404 has lost the media type application/problem+json"],
    ["a body that is required now", ({ post }) => Object.assign(post["requestBody"]!, { required: true }),
      "POST /things: it needs a body now"],
    ["a parameter that is gone", ({ get }) => (get["parameters"] as unknown as unknown[]).shift(),
      "GET /things: the query parameter limit is gone"],
    ["a parameter that is required now", ({ get }) => Object.assign(get["parameters"]!["1"]!, { required: true }),
      "GET /things: the header parameter if-match is required now"],
    ["a new parameter that is required", ({ get }) =>
      (get["parameters"] as unknown as unknown[]).push({ in: "query", name: "x", required: true, schema: {} }),
    "GET /things: the query parameter x is required now"],
    ["a smaller maximum", ({ get }) => Object.assign(get["parameters"]!["0"]!["schema"]!, { maximum: 50 }),
      "GET /things: the query parameter limit: maximum was 100 and is 50"],
    ["a header that is gone", ({ get }) => drop(get["responses"]!["200"]!["headers"]!, "ETag"),
      "GET /things: the answer 200 has lost the header ETag"],
    ["a header that may be missing now", ({ get }) => Object.assign(get["responses"]!["200"]!["headers"]!["ETag"]!, { required: false }),
      "GET /things: the answer 200 may lack the header ETag now"],
    ["a new property that is required", ({ body: schema }) => (schema["required"] as unknown as string[]).push("size"),
      `${body}: size is required now`],
    ["a property that is no longer taken", ({ body: schema }) => drop(schema["properties"]!, "size"), `${body} at /size: it is gone`],
    ["a shorter text", ({ body: schema }) => Object.assign(schema["properties"]!["name"]!, { maxLength: 100 }),
      `${body} at /name: maxLength was 200 and is 100`],
    ["a longer least text", ({ body: schema }) => Object.assign(schema["properties"]!["name"]!, { minLength: 2 }),
      `${body} at /name: minLength was 1 and is 2`],
    ["another pattern", ({ body: schema }) => Object.assign(schema["properties"]!["name"]!, { pattern: "^b" }),
      `${body} at /name: pattern was "^a" and is "^b"`],
    ["a value that is no longer taken", ({ body: schema }) => Object.assign(schema["properties"]!["kind"]!, { enum: ["a"] }),
      `${body} at /kind: the list of values was ["a","b"] and is ["a"]`],
    ["a narrower type", ({ body: schema }) => Object.assign(schema["properties"]!["size"]!, { type: "integer" }),
      `${body} at /size: type was "number" and is "integer"`],
    ["an alternative that is no longer taken", ({ body: schema }) => Object.assign(schema["properties"]!["note"]!, { anyOf: [{ type: "string" }] }),
      `${body} at /note: an alternative is no longer taken: {"type":"null"}`],
    ["a tighter limit of ours", ({ body: schema }) => Object.assign(schema["properties"]!["more"]!, { "x-json-limits": { maxBytes: 9 } }),
      `${body} at /more: maxBytes was 10 and is 9`],
    ["narrower further properties", ({ body: schema }) => Object.assign(schema["properties"]!["more"]!["additionalProperties"]!, { maxLength: 1 }),
      `${body} at /more/*: maxLength was not limited and is 1`],
    ["a property that is no longer answered", ({ thing }) => drop(thing["properties"]!, "state"), `${answer} at /state: it is gone`],
    ["a property that may be missing now", ({ thing }) => (thing["required"] as unknown as string[]).pop(), `${answer}: name is optional now`],
    ["a type that is new in an answer", ({ thing }) => Object.assign(thing["properties"]!["name"]!, { type: ["string", "null"] }),
      `${answer} at /name: type was "string" and is ["string","null"]`],
    ["a value that is new in an answer", ({ thing }) => Object.assign(thing["properties"]!["state"]!, { enum: ["on", "off", "idle"] }),
      `${answer} at /state: the list of values was ["on","off"] and is ["on","off","idle"]`],
    ["a longer text in an answer", ({ thing }) => Object.assign(thing["properties"]!["id"]!, { maxLength: 40 }),
      `${answer} at /id: maxLength was 36 and is 40`],
    ["a longer text in a list of an answer", ({ thing }) => Object.assign(thing["properties"]!["tags"]!["items"]!, { maxLength: 6 }),
      `${answer} at /tags/*: maxLength was 5 and is 6`],
  ];
  for (const [what, change, message] of breaking) {
    it(`are ${what}`, () => assert.deepEqual(changed(change), [message]));
  }

  const harmless: [string, Parameters<typeof changed>[0]][] = [
    ["nothing", () => undefined],
    ["a new path", ({ document }) => Object.assign(document.paths, { "/new": base.paths["/other"] })],
    ["a new optional parameter", ({ get }) =>
      (get["parameters"] as unknown as unknown[]).push({ in: "query", name: "x", required: false, schema: {} })],
    ["a new optional property of a body", ({ body: schema }) => Object.assign(schema["properties"]!, { nick: { type: "string" } })],
    ["a new property of an answer", ({ thing }) => {
      Object.assign(thing["properties"]!, { nick: { type: "string" } });
      (thing["required"] as unknown as string[]).push("nick");
    }],
    ["a wider type of a body", ({ body: schema }) => Object.assign(schema["properties"]!["size"]!, { type: ["number", "null"] })],
    ["a larger maximum", ({ get }) => Object.assign(get["parameters"]!["0"]!["schema"]!, { maximum: 500 })],
    ["a shorter text in an answer", ({ thing }) => Object.assign(thing["properties"]!["id"]!, { maxLength: 20 })],
    ["a new status, media type and header", ({ get }) => {
      Object.assign(get["responses"]!, { 304: {} });
      Object.assign(get["responses"]!["200"]!["content"]!, { "text/csv": {} });
      Object.assign(get["responses"]!["200"]!["headers"]!, { Age: { required: true } });
    }],
    ["a property that can no longer be missing", ({ thing }) => (thing["required"] as unknown as string[]).push("state")],
    ["a header parameter in other letters", ({ get }) => Object.assign(get["parameters"]!["1"]!, { name: "if-match" })],
  ];
  for (const [what, change] of harmless) {
    it(`are not ${what}`, () => assert.deepEqual(changed(change), []));
  }
});
