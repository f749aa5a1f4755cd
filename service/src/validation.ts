import { isIP } from "node:net";

import { Ajv, type ErrorObject, type Options } from "ajv";
import addFormats from "ajv-formats";
import type { TObject } from "typebox";

import { jsonLimits } from "./json-limits.ts";

/** A schema with a key that Ajv does not know is a mistake of ours, so Ajv's strict mode stays on. */
const strictOptions = {
  allErrors: false,
  removeAdditional: false,
  useDefaults: true,
  allowUnionTypes: true,
  // Saves a good part of the start: the schemas are our own, and TypeBox makes them.
  meta: false,
  validateSchema: false,
} as const;

export function buildAjv(options: Options): Ajv {
  const instance = new Ajv({ ...strictOptions, ...options });
  addFormats.default(instance, ["email", "date-time", "ipv4"]);
  instance.addFormat("cidr", isAddressRange);
  instance.addKeyword(jsonLimits);
  return instance;
}

/** Takes a value for what it is: 5 is no text, and "5" no number. */
export const ajv = buildAjv({ coerceTypes: false });

/** Query strings are text. Integers are read in the form that JSON has for them: Ajv would take `0x10` as well. */
export function readIntegers({ properties = {} }: Partial<TObject>, query: Record<string, unknown>): void {
  for (const [name, schema] of Object.entries(properties)) {
    const value = query[name];
    const isInteger = "type" in schema && schema.type === "integer";
    if (isInteger && typeof value === "string" && /^-?(0|[1-9][0-9]*)$/.test(value)) {
      query[name] = Number(value);
    }
  }
}

export interface FieldError {
  /** JSON Pointer to the part that was refused. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** What a client is told about one of Ajv's errors: never the refused value, which may be personal. */
export function fieldError(error: Pick<ErrorObject, "instancePath" | "keyword" | "params" | "message">): FieldError {
  const { missingProperty, additionalProperty } = error.params as Record<string, unknown>;
  const property = missingProperty ?? additionalProperty;
  const pointer = property === undefined ? error.instancePath : `${error.instancePath}/${escapePointer(String(property))}`;
  return { pointer, code: error.keyword, message: error.message ?? "is not valid" };
}

function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

function isAddressRange(value: string): boolean {
  const [address = "", prefix = "", ...rest] = value.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}
