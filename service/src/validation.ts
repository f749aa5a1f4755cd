import { isIP } from "node:net";

import { Ajv, type ErrorObject, type Options } from "ajv";
import addFormats from "ajv-formats";

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

/** Bodies and paths say what type they mean; query strings and environment variables are text and have to be read. */
export const ajv = { strict: buildAjv({ coerceTypes: false }), coercing: buildAjv({ coerceTypes: true }) };

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
