/** What of a JSON Schema this API uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Answer {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema?: Schema }>>;
  readonly content?: Content;
}

export interface Operation {
  readonly operationId?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Names every change from `before` to `after` that could break a client that was written against `before`. */
export function breakingChanges(before: ApiDocument, after: ApiDocument): string[] {
  return entries(before.paths).flatMap(([path, operations]) => entries(operations).flatMap(([method, operation]) => {
    const line = `${method.toUpperCase()} ${path}`;
    const next = after.paths[path]?.[method];
    return next === undefined
      ? [`${line} is gone`]
      : new OperationComparison(before, after).run(operation, next).map((change) => `${line}: ${change}`);
  }));
}

/** A client sends what the old document allows, and expects what it promises. */
type Direction = "request" | "answer";

class OperationComparison {
  constructor(private readonly before: ApiDocument, private readonly after: ApiDocument) {}

  run(old: Operation, next: Operation): string[] {
    return [
      ...old.operationId === next.operationId ? [] : [`its operationId was ${old.operationId} and is ${next.operationId}`],
      ...(old.security ?? []).length === 0 && (next.security ?? []).length > 0 ? ["it needs authentication now"] : [],
      ...this.#parameters(old.parameters ?? [], next.parameters ?? []),
      ...next.requestBody?.required === true && old.requestBody?.required !== true ? ["it needs a body now"] : [],
      ...this.#content("request", "the body", old.requestBody?.content ?? {}, next.requestBody?.content ?? {}),
      ...entries(old.responses).flatMap(([status, answer]) => {
        const nextAnswer = next.responses[status];
        const where = `the answer ${status}`;
        return nextAnswer === undefined ? [`${where} is gone`] : this.#answer(where, answer, nextAnswer);
      }),
    ];
  }

  #parameters(old: readonly Parameter[], next: readonly Parameter[]): string[] {
    const nameOf = ({ in: place, name }: Parameter) => `the ${place} parameter ${place === "header" ? name.toLowerCase() : name}`;
    const known = new Map(old.map((parameter) => [nameOf(parameter), parameter]));
    const kept = new Map(next.map((parameter) => [nameOf(parameter), parameter]));
    return [
      ...[...known].flatMap(([name, { schema = {} }]) => {
        const other = kept.get(name);
        return other === undefined ? [`${name} is gone`] : this.#schema("request", name, schema, other.schema ?? {});
      }),
      ...[...kept].filter(([name, { required }]) => required === true && known.get(name)?.required !== true)
        .map(([name]) => `${name} is required now`),
    ];
  }

  #answer(where: string, old: Answer, next: Answer): string[] {
    const headers = entries(old.headers ?? {}).flatMap(([name, header]) => {
      const other = next.headers?.[name];
      if (other === undefined) {
        return [`${where} has lost the header ${name}`];
      }
      const optional = header.required === true && other.required !== true;
      return [
        ...optional ? [`${where} may lack the header ${name} now`] : [],
        ...this.#schema("answer", `${where}, header ${name}`, header.schema ?? {}, other.schema ?? {}),
      ];
    });
    return [...headers, ...this.#content("answer", where, old.content ?? {}, next.content ?? {})];
  }

  #content(direction: Direction, where: string, old: Content, next: Content): string[] {
    return entries(old).flatMap(([mediaType, { schema = {} }]) => {
      const other = next[mediaType];
      return other === undefined
        ? [`${where} has lost the media type ${mediaType}`]
        : this.#schema(direction, `${where} as ${mediaType}`, schema, other.schema ?? {});
    });
  }

  #schema(direction: Direction, where: string, old: Schema, next: Schema): string[] {
    const changes = new SchemaComparison(direction, this.before, this.after).run(old, next, "");
    return changes.map((change) => `${where}${change}`);
  }
}

const upperBounds = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "maxBytes", "maxDepth", "maxKeys"];
const lowerBounds = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];
const exact = ["pattern", "format", "multipleOf", "uniqueItems"];

/** Every value that the one side may produce has to fit what the other side takes. */
class SchemaComparison {
  constructor(
    private readonly direction: Direction, private readonly before: ApiDocument, private readonly after: ApiDocument,
  ) {}

  run(oldSchema: Schema, nextSchema: Schema, pointer: string): string[] {
    const [old, next] = [resolve(this.before, oldSchema), resolve(this.after, nextSchema)];
    // A recursive schema has been compared on the way to here.
    if (pointer.length > 200) {
      return [];
    }
    if (old.anyOf !== undefined || next.anyOf !== undefined) {
      return this.#alternatives(old, next, pointer);
    }
    return [
      ...this.#keywords(old, next).map((change) => `${pointer === "" ? "" : ` at ${pointer}`}: ${change}`),
      ...this.#properties(old, next, pointer),
      ...old.items !== undefined && next.items !== undefined ? this.run(old.items, next.items, `${pointer}/*`) : [],
    ];
  }

  #alternatives(old: Schema, next: Schema, pointer: string): string[] {
    const [olds, nexts] = [old.anyOf ?? [old], next.anyOf ?? [next]];
    const fits = (a: Schema, b: Schema) => this.run(a, b, pointer).length === 0;
    const lost = this.direction === "request"
      ? olds.filter((one) => !nexts.some((other) => fits(one, other)))
      : nexts.filter((other) => !olds.some((one) => fits(one, other)));
    const what = this.direction === "request" ? "no longer taken" : "new";
    return lost.map((schema) => ` at ${pointer}: an alternative is ${what}: ${JSON.stringify(schema)}`);
  }

  #keywords(old: Schema, next: Schema): string[] {
    const [inner, outer] = this.direction === "request" ? [old, next] : [next, old];
    const changed = (keyword: string, from: unknown, to: unknown) =>
      `${keyword} was ${JSON.stringify(from) ?? "not limited"} and is ${JSON.stringify(to) ?? "not limited"}`;
    const bounds = [...upperBounds, ...lowerBounds].filter((keyword) => {
      const [made, taken] = [boundOf(inner, keyword), boundOf(outer, keyword)];
      return upperBounds.includes(keyword)
        ? (made ?? Infinity) > (taken ?? Infinity)
        : (made ?? -Infinity) < (taken ?? -Infinity);
    }).map((keyword) => changed(keyword, boundOf(old, keyword), boundOf(next, keyword)));
    const requires = (outer.required ?? []).filter((name) => !(inner.required ?? []).includes(name))
      // Of one that is gone, `#properties` says so.
      .filter((name) => this.direction === "request" || next.properties?.[name] !== undefined);
    return [
      ...typesOf(inner).some((type) => !takes(typesOf(outer), type)) ? [changed("type", old.type, next.type)] : [],
      ...valuesFit(inner, outer) ? [] : [changed("the list of values", valuesOf(old), valuesOf(next))],
      ...bounds,
      ...exact.filter((keyword) => outer[keyword] !== undefined && outer[keyword] !== inner[keyword])
        .map((keyword) => changed(keyword, old[keyword], next[keyword])),
      ...requires.map((name) => `${name} is ${this.direction === "request" ? "required" : "optional"} now`),
    ];
  }

  #properties(old: Schema, next: Schema, pointer: string): string[] {
    const closed = this.direction === "request" && next.additionalProperties === false && old.additionalProperties !== false;
    const [more, others] = [old.additionalProperties, next.additionalProperties];
    return [
      ...closed ? [`${pointer === "" ? "" : ` at ${pointer}`}: it takes no other properties now`] : [],
      ...entries(old.properties ?? {}).flatMap(([name, schema]) => {
        const other = next.properties?.[name];
        return other === undefined ? [` at ${pointer}/${name}: it is gone`] : this.run(schema, other, `${pointer}/${name}`);
      }),
      ...typeof more === "object" && typeof others === "object" ? this.run(more, others, `${pointer}/*`) : [],
    ];
  }
}

const anyType = ["null", "boolean", "object", "array", "number", "string"];

function typesOf({ type = anyType }: Schema): readonly string[] {
  return typeof type === "string" ? [type] : type;
}

function takes(types: readonly string[], type: string): boolean {
  return types.includes(type) || (type === "integer" && types.includes("number"));
}

function valuesOf(schema: Schema): readonly unknown[] | undefined {
  return schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
}

function valuesFit(inner: Schema, outer: Schema): boolean {
  const [made, taken] = [valuesOf(inner), valuesOf(outer)];
  return taken === undefined || (made !== undefined && made.every((value) => taken.includes(value)));
}

/** Our own limits stand in a keyword of their own. */
function boundOf(schema: Schema, keyword: string): number | undefined {
  const limits = schema["x-json-limits"] as Record<string, number> | undefined;
  return schema[keyword] as number | undefined ?? limits?.[keyword];
}

function resolve(document: ApiDocument, schema: Schema): Schema {
  const name = schema.$ref?.replace("#/components/schemas/", "");
  return name === undefined ? schema : document.components?.schemas?.[name] ?? {};
}

function entries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record);
}
