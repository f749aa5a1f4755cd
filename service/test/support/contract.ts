import assert from "node:assert/strict";

import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";

type Content = Record<string, { readonly schema: object }>;

interface Operation {
  readonly responses: Record<string, { readonly content?: Content }>;
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

  constructor(app: FastifyInstance) {
    // The plugin types the document as any version of OpenAPI; ours is 3.1.
    this.#document = app.swagger() as unknown as ApiDocument;
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
    const operation = template === undefined ? undefined : this.#document.paths[template]?.[method.toLowerCase()];
    if (operation === undefined) {
      return;
    }
    const answer = `${method} ${template} ${response.statusCode}`;
    const documented = operation.responses[response.statusCode];
    assert.ok(documented, `${answer} is not documented: ${response.body}`);
    this.seen.add(answer);
    if (documented.content !== undefined) {
      this.#checkBody(answer, documented.content, response);
    }
  }

  #checkBody(answer: Answer, content: Content, response: LightMyRequestResponse): void {
    const mediaType = String(response.headers["content-type"]).split(";")[0] ?? "";
    const schema = content[mediaType]?.schema;
    assert.ok(schema, `${answer} has the media type ${mediaType}, documented are ${Object.keys(content).join(", ")}`);
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll("#/components", "document#/components")) as object;
    const valid = this.#ajv.validate(absolute, mediaType.includes("json") ? response.json() : response.body);
    assert.ok(valid, `${answer}: ${this.#ajv.errorsText()} in ${response.body}`);
  }

  #templateOf(path: string): string | undefined {
    return Object.keys(this.#document.paths)
      .find((template) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path));
  }
}
