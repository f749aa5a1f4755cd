import addFormats from "ajv-formats";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Response {
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly schema?: Schema; readonly required?: boolean }>>;
}

interface DocumentedOperation {
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One method of one path, as the OpenAPI document describes it. */
export interface Operation {
  /** As in "GET /v1/users/{id}". */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly open: boolean;
  readonly parameters: readonly Parameter[];
  /** Schemas of the body by media type. */
  readonly bodies: Readonly<Record<string, Schema>>;
  readonly responses: Readonly<Record<string, Response>>;
}

/** The published description of the API: what requests are made from, and what answers are held against. */
export class Api {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #validators = new Map<Schema, ValidateFunction>();
  readonly #problem: Schema | undefined;

  constructor(document: ApiDocument) {
    addFormats.default(this.#ajv);
    const { schemas } = document.components;
    this.#ajv.addSchema({ $id: "document", components: absolute(document.components) as object });
    this.#problem = schemas["Problem"] && absolute(schemas["Problem"]) as Schema;
    const paths = absolute(document.paths) as ApiDocument["paths"];
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => toOperation(path, method, operation)));
  }

  /** The operation that a request is for, if its path is one of the documented ones. */
  find(method: string, target: string): Operation | undefined {
    const path = target.replace(/^https?:\/\/[^/?#]*/i, "").split(/[?#]/)[0] ?? "";
    const wanted = method === "HEAD" ? "GET" : method;
    return this.operations.find((operation) => operation.method === wanted && patternOf(operation.path).test(path));
  }

  /** What is wrong with the value, or undefined. */
  faultIn(schema: Schema, value: unknown): string | undefined {
    const validate = this.#validators.get(schema) ?? this.#ajv.compile(schema);
    this.#validators.set(schema, validate);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  faultInProblem(value: unknown): string | undefined {
    return this.#problem === undefined ? "the document has no schema Problem" : this.faultIn(this.#problem, value);
  }
}

function toOperation(path: string, method: string, documented: DocumentedOperation): Operation {
  const bodies = Object.entries(documented.requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema]);
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    open: documented.security?.length === 0,
    parameters: documented.parameters ?? [],
    bodies: Object.fromEntries(bodies) as Record<string, Schema>,
    responses: documented.responses,
  };
}

/** References within the document, written so that Ajv finds what they name from anywhere. */
function absolute(part: unknown): unknown {
  return JSON.parse(JSON.stringify(part).replaceAll("\"#/components", "\"document#/components"));
}

const patterns = new Map<string, RegExp>();

function patternOf(path: string): RegExp {
  const pattern = patterns.get(path) ?? new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]*")}$`);
  patterns.set(path, pattern);
  return pattern;
}
