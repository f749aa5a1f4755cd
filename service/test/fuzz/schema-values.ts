import fc from "fast-check";

import type { Api, Schema } from "./api.ts";

/** Values that already exist, by the name, in lower case, of the parameter or the property they belong to. */
export type Known = Readonly<Record<string, readonly string[]>>;

interface Context {
  readonly api: Api;
  readonly known: Known;
}

/** Keys that no JSON parser of this service lets through, whatever the schema says. */
const refusedKeys = new Set(["__proto__", "constructor", "prototype"]);

const text = (constraints: fc.StringConstraints) => fc.string({ unit: "grapheme", ...constraints })
  .filter((value) => !value.includes("\0"));
/** Names with a line break are those that patterns tend to miss. */
const key = fc.oneof(
  { weight: 9, arbitrary: text({ maxLength: 12 }).filter((name) => !refusedKeys.has(name)) },
  { weight: 1, arbitrary: fc.constantFrom("", "a\nb", "\r", "\u2028", "toString", "/~") },
);

/** JSON that PostgreSQL can keep and JavaScript reads back as it was: four levels, some hundred bytes. */
export const { anyJson } = fc.letrec<{ anyJson: unknown }>((tie) => ({
  anyJson: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, "", [], {}),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter((value) => !Number.isInteger(value)),
    text({ maxLength: 20 }),
    fc.array(tie("anyJson"), { maxLength: 4 }),
    fc.dictionary(key, tie("anyJson"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Values that are valid by a schema of the document, with those that exist among them. */
export function valuesOf(schema: Schema, context: Context, name = ""): fc.Arbitrary<unknown> {
  const made = candidates(schema, context).filter((value) => context.api.faultIn(schema, value) === undefined);
  const existing = context.known[name.toLowerCase()];
  return existing === undefined
    ? made
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...existing) }, { weight: 1, arbitrary: made });
}

function candidates(schema: Schema, context: Context): fc.Arbitrary<unknown> {
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as readonly Schema[] | undefined;
  if (choices !== undefined) {
    return fc.oneof(...choices.map((choice) => candidates(choice, context)));
  }
  if (schema["enum"] !== undefined || schema["const"] !== undefined) {
    return fc.constantFrom(...(schema["enum"] as readonly unknown[] | undefined ?? [schema["const"]]));
  }
  switch (schema["type"]) {
    case "string":
      return strings(schema);
    case "integer":
      return fc.integer({ min: number(schema["minimum"], -1_000), max: number(schema["maximum"], 1_000) });
    case "number":
      return fc.double({ min: number(schema["minimum"], -1_000), max: number(schema["maximum"], 1_000), noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(candidates(schema["items"] as Schema, context), { maxLength: 3 });
    case "object":
      return objects(schema, context);
    default:
      return anyJson;
  }
}

function objects(schema: Schema, context: Context): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>);
  if (properties.length === 0) {
    return fc.dictionary(key, anyJson, { maxKeys: 5, noNullPrototype: true });
  }
  const required = (schema["required"] ?? []) as string[];
  const values = properties.map(([name, property]) => [name, valuesOf(property, context, name)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: required, noNullPrototype: true });
}

function strings(schema: Schema): fc.Arbitrary<string> {
  const minLength = number(schema["minLength"], 0);
  const maxLength = number(schema["maxLength"], 60);
  if (schema["format"] === "email") {
    return fc.emailAddress({ size: "small" });
  }
  if (schema["format"] === "date-time") {
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  }
  // Lengths at and next to the limits are where the mistakes are.
  const anyText = fc.oneof(
    { weight: 4, arbitrary: text({ minLength, maxLength: Math.min(maxLength, minLength + 20) }) },
    { weight: 1, arbitrary: fc.constantFrom("x".repeat(maxLength), "x".repeat(Math.max(minLength, 1))) },
  );
  return schema["pattern"] === undefined ? anyText : matching(String(schema["pattern"]), anyText);
}

/** fast-check does not write strings for classes such as `\p{L}`; there, enough of any text matches. */
function matching(pattern: string, anyText: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const expression = new RegExp(pattern, "u");
  return pattern.includes("\\p")
    ? anyText.filter((value) => expression.test(value))
    : fc.stringMatching(expression, { size: "small" });
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
