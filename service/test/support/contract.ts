import assert from "node:assert/strict";

import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { InjectOptions, LightMyRequestResponse } from "fastify";

import { OPENAPI_FILE, readDocument } from "./openapi.ts";

/** The examples of an error answer are named after its problems. */
type Content = Record<string, { readonly schema: object; readonly examples?: Record<string, unknown> }>;

interface Documented {
  readonly headers?: Record<string, { readonly required: boolean }>;
  readonly content?: Content;
}

interface Operation {
  readonly responses: Record<string, Documented>;
}

interface ApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: object;
}

/** One documented answer of one route, as in "GET /v1/users/{id} 404". */
export type Answer = string;

/** Holds every response against the published OpenAPI document, and remembers which documented answers were seen. */
export class Contract {
  readonly seen = new Set<Answer>();
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ strict: false });

  constructor() {
    this.#document = readDocument(OPENAPI_FILE);
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: "document", components: this.#document.components });
  }

  /** All documented answers. */
  get answers(): Answer[] {
    return Object.entries(this.#document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`)));
  }

  check({ method = "GET", url }: InjectOptions, response: LightMyRequestResponse): void {
    const [path] = String(url).split("?");
    const template = this.#templateOf(path ?? "");
    // HEAD is GET without the body, and described by it.
    const described = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template === undefined ? undefined : this.#document.paths[template]?.[described];
    if (operation === undefined) {
      return;
    }
    const answer = `${method} ${template} ${response.statusCode}`;
    const documented = operation.responses[response.statusCode];
    assert.ok(documented, `${answer} is not documented: ${response.body}`);
    this.seen.add(answer);
    this.#checkHeaders(answer, documented, response);
    if (documented.content !== undefined && method !== "HEAD") {
      this.#checkBody(answer, documented.content, response);
    } else {
      assert.equal(response.body, "", `${answer} has no body`);
    }
  }

  #checkHeaders(answer: Answer, { headers = {} }: Documented, response: LightMyRequestResponse): void {
    const missing = Object.entries(headers)
      .filter(([name, { required }]) => required && response.headers[name.toLowerCase()] === undefined);
    assert.deepEqual(missing.map(([name]) => name), [], `${answer} lacks headers that are documented as required`);
  }

  #checkBody(answer: Answer, content: Content, response: LightMyRequestResponse): void {
    const mediaType = String(response.headers["content-type"]).split(";")[0] ?? "";
    const schema = content[mediaType]?.schema;
    assert.ok(schema, `${answer} has the media type ${mediaType}, documented are ${Object.keys(content).join(", ")}`);
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll("#/components", "document#/components")) as object;
    const valid = this.#ajv.validate(absolute, mediaType.includes("json") ? response.json() : response.body);
    assert.ok(valid, `${answer}: ${this.#ajv.errorsText()} in ${response.body}`);
    const examples = content[mediaType]?.examples;
    if (examples !== undefined) {
      const { type } = response.json<{ type: string }>();
      assert.ok(Object.hasOwn(examples, type.replace("/problems/", "")), `${answer} is not documented with the problem ${type}`);
    }
  }

  #templateOf(path: string): string | undefined {
    return Object.keys(this.#document.paths)
      .find((template) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));
  }
}
