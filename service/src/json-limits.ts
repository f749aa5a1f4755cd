import type { FuncKeywordDefinition, SchemaValidateFunction } from "ajv";

/** How large a JSON value may be. Stands in a schema as `x-json-limits`, so that /openapi.json shows it. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxKeys?: number;
}

/** Deeper than any limit below, and shallow enough for everything here that recurses. */
const DEEPEST = 32;

/**
 * What JSON can say and PostgreSQL cannot keep: NUL and lone surrogates in a string, numbers beyond a double.
 * Returns what is wrong, or undefined. Walks without recursion, because a small body can nest thousands deep.
 */
export function unstorable(root: unknown): string | undefined {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { value, depth } = entry;
    const fault = scalarFault(value);
    if (fault !== undefined) {
      return fault;
    }
    if (typeof value === "object" && value !== null) {
      if (depth >= DEEPEST) {
        return `must not nest deeper than ${DEEPEST} levels`;
      }
      for (const [key, child] of Object.entries(value)) {
        open.push({ value: key, depth }, { value: child, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

/**
 * Whether an object in the JSON names a key twice, of which parsers keep different ones. In valid JSON a colon outside
 * of the strings is a member, so more colons than the value has keys are members that the parser has dropped.
 */
export function repeatsKey(json: string, value: unknown): boolean {
  let members = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const character = json[index];
    if (character === "\"") {
      inString = !inString;
    } else if (character === "\\") {
      index += 1;
    } else if (character === ":" && !inString) {
      members += 1;
    }
  }
  return members !== countKeys(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) {
    return 0;
  }
  const children = Object.values(value);
  return children.reduce((sum: number, child) => sum + countKeys(child), Array.isArray(value) ? 0 : children.length);
}

function scalarFault(value: unknown): string | undefined {
  if (typeof value === "string") {
    if (value.includes("\0")) {
      return "must not contain the character U+0000";
    }
    return value.isWellFormed() ? undefined : "must not contain a lone surrogate";
  }
  if (typeof value !== "number") {
    return undefined;
  }
  if (!Number.isFinite(value)) {
    return "must not contain a number beyond a double";
  }
  // Beyond it, neighbours read the same: what is stored would not be what was sent.
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? "must not contain an integer beyond 2^53 - 1: send it as a string"
    : undefined;
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) {
    return 0;
  }
  return 1 + Object.values(value).reduce((deepest: number, child) => Math.max(deepest, depthOf(child)), 0);
}

function excess(limits: JsonLimits, value: unknown): string | undefined {
  if (depthOf(value) > limits.maxDepth) {
    return `must not nest deeper than ${limits.maxDepth} levels`;
  }
  // Null and scalars get here, too: the keyword does not wait for the type to be checked.
  if (limits.maxKeys !== undefined && Object.keys(value ?? {}).length > limits.maxKeys) {
    return `must not have more than ${limits.maxKeys} keys`;
  }
  if (Buffer.byteLength(JSON.stringify(value)) + exponentsOf(value) > limits.maxBytes) {
    return `must not be larger than ${limits.maxBytes} bytes as JSON, with numbers written without exponents`;
  }
  return undefined;
}

/** PostgreSQL writes no exponents, so 1e-300 is six bytes when it comes, and 302 wherever it is read. */
function exponentsOf(value: unknown): number {
  if (typeof value === "number") {
    // Of integers none that JavaScript would write with an exponent can be stored.
    return Number(String(value).split("e-")[1] ?? 0);
  }
  return typeof value === "object" && value !== null
    ? Object.values(value).reduce((sum: number, child) => sum + exponentsOf(child), 0)
    : 0;
}

const validate: SchemaValidateFunction = (limits: JsonLimits, value: unknown) => {
  const message = excess(limits, value);
  validate.errors = message === undefined ? [] : [{ keyword: "x-json-limits", message, params: { ...limits } }];
  return message === undefined;
};

export const jsonLimits: FuncKeywordDefinition = { keyword: "x-json-limits", schemaType: "object", validate, errors: true };
