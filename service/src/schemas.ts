import { Type, type Static, type TSchema } from "typebox";

import { Problem, PROBLEM_MEDIA_TYPE } from "./problems.ts";

/** Stricter than the format `uuid`, which also takes `urn:uuid:`, which PostgreSQL does not. */
export const userIdPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
export const documentKeyPattern = "^[a-z][a-z0-9._-]{0,63}$";

export const UserId = Type.String({
  pattern: userIdPattern,
  description: "a UUID; UUIDv7 when the service made it",
});

export const Email = Type.String({ format: "email", maxLength: 254 });

/** Without control characters and lone surrogates. */
const Name = Type.String({ minLength: 1, maxLength: 200, pattern: "^[^\\p{Cc}\\p{Cs}]*$" });

const Attributes = Type.Record(Type.String(), Type.Unknown(), {
  "x-json-limits": { maxBytes: 8_192, maxDepth: 8, maxKeys: 64 },
  description: "anything else to keep with the user",
});

const Timestamp = Type.String({ format: "date-time" });
const Version = Type.Integer({ minimum: 1, description: "counts the changes; also the ETag" });

export const NewUser = Type.Object(
  { email: Email, name: Name, attributes: Type.Optional(Attributes) },
  { additionalProperties: false },
);

export const User = Type.Object({
  id: UserId,
  email: Type.String(),
  name: Type.String(),
  attributes: Type.Record(Type.String(), Type.Unknown()),
  version: Version,
  createdAt: Timestamp,
  updatedAt: Timestamp,
}, { $id: "User" });

export const DocumentKey = Type.String({ pattern: documentKeyPattern });

export const DocumentValue = Type.Unknown({
  "x-json-limits": { maxBytes: 16_384, maxDepth: 8 },
  description: "any JSON value",
});

export const DocumentEntry = Type.Object({
  key: Type.String(),
  version: Version,
  updatedAt: Timestamp,
}, { $id: "DocumentEntry" });

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 50, description: "most items of one page" });

/** Opaque to clients: what it holds may change. */
export const Cursor = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,100}$",
  description: "the `nextCursor` of the page before",
});

export function pageOf<T extends TSchema & { $id?: string }>(item: T) {
  return Type.Object({
    items: Type.Array(reference(item)),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: "null on the last page" }),
  });
}

/** Refers to a schema that the app knows by its `$id`, so that the OpenAPI document holds it once. */
export function reference<T extends TSchema & { $id?: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}

/** The error answers of a route, for its response schema. */
export function problems<const Status extends number>(...statuses: Status[]) {
  const answer = { description: "what went wrong", content: { [PROBLEM_MEDIA_TYPE]: { schema: reference(Problem) } } };
  return Object.fromEntries(statuses.map((status) => [status, answer])) as Record<Status, typeof answer>;
}
