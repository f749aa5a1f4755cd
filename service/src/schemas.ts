import { Type, type Static, type TSchema } from "typebox";

/** Stricter than the format `uuid`, which also takes `urn:uuid:`, which PostgreSQL does not. */
export const userIdPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
export const documentKeyPattern = "^[a-z][a-z0-9._-]{0,63}$";

export const UserId = Type.String({
  pattern: userIdPattern,
  description: "a UUID; UUIDv7 when the service made it",
});

export const Email = Type.String({ format: "email", maxLength: 254 });

/** Something to see, and neither control characters nor lone surrogates. The two first classes share no character. */
const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "^[\\p{Z}\\p{Cf}]*[^\\p{Z}\\p{Cf}\\p{Cc}\\p{Cs}][^\\p{Cc}\\p{Cs}]*$",
  description: "not only blanks",
});

/** Any object. Not a record of TypeBox: its pattern would be `^.*$`, which leaves out keys with line breaks. */
function anyObject(options: object = {}) {
  return Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: {}, ...options });
}

const Attributes = anyObject({
  "x-json-limits": { maxBytes: 8_192, maxDepth: 8, maxKeys: 64 },
  description: "anything else to keep with the user",
});

const Timestamp = Type.String({ format: "date-time" });
const Version = Type.Integer({
  minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "grows with every change; also the ETag",
});

export const NewUser = Type.Object(
  { email: Email, name: Name, attributes: Type.Optional(Attributes) },
  {
    additionalProperties: false,
    examples: [{ email: "ada@example.com", name: "Ada Lovelace", attributes: { plan: "free" } }],
  },
);

/** The limits hold for the user that results, not for the patch. */
export const UserPatch = Type.Object(
  {
    email: Type.Optional(Email),
    name: Type.Optional(Name),
    attributes: Type.Optional(Type.Union([anyObject(), Type.Null()], {
      description: "members that are null are removed; null removes them all",
    })),
  },
  { additionalProperties: false, examples: [{ name: "Ada King", attributes: { plan: null } }] },
);

export const User = Type.Object({
  id: UserId,
  email: Type.String(),
  name: Type.String(),
  attributes: anyObject(),
  version: Version,
  createdAt: Timestamp,
  updatedAt: Timestamp,
}, {
  $id: "User",
  examples: [{
    id: "01a20913-2edf-736d-842b-f8169a25c63b",
    email: "ada@example.com",
    name: "Ada Lovelace",
    attributes: { plan: "free" },
    version: 1,
    createdAt: "2026-11-23T09:30:00.000Z",
    updatedAt: "2026-11-23T09:30:00.000Z",
  }],
});

export const DocumentKey = Type.String({ pattern: documentKeyPattern });

export const DocumentValue = Type.Unknown({
  "x-json-limits": { maxBytes: 16_384, maxDepth: 8 },
  description: "any JSON value",
  examples: [{ theme: "dark" }],
});

export const DocumentEntry = Type.Object({
  key: Type.String(),
  version: Version,
  updatedAt: Timestamp,
}, {
  $id: "DocumentEntry",
  examples: [{ key: "settings", version: 7, updatedAt: "2026-11-23T09:30:00.000Z" }],
});

/** Visible ASCII. After draft-ietf-httpapi-idempotency-key-header-07, whose quotes are taken as a part of the key. */
export const IdempotencyKey = Type.Optional(Type.String({
  pattern: "^[!-~]{1,255}$",
  description: "a new one for each user that shall be created once, such as a UUID; a repeated request is answered again,"
    + " for 24 hours",
}));

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 50, description: "most items of one page" });

/** Opaque to clients: what it holds may change. */
export const Cursor = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,100}$",
  description: "the `nextCursor` of the page before",
});

export function pageOf<T extends TSchema & { $id?: string; examples?: readonly unknown[] }>(item: T) {
  return Type.Object({
    items: Type.Array(reference(item)),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: "null on the last page" }),
  }, { examples: [{ items: item.examples, nextCursor: null }] });
}

/** Refers to a schema that the app knows by its `$id`, so that the OpenAPI document holds it once. */
export function reference<T extends TSchema & { $id?: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` });
}
