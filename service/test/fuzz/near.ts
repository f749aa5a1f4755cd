import fc from "fast-check";

import { keys as apiKeys } from "../support/service.ts";
import { withHeader, without, type Draft, type Field } from "./draft.ts";

/** A change of a request, and what to call it in a report. */
export interface Change {
  readonly name: string;
  readonly apply: (draft: Draft) => Draft;
}

const change = (name: string, apply: Change["apply"]): Change => ({ name, apply });
const header = (name: string, value: string): Change => change(`${name}: ${value}`, (draft) => withHeader(draft, name, value));

/** Values that stand where another was expected. */
const wrongValues: readonly unknown[] = [
  null, true, 0, -1, 1.5, 2 ** 53 - 1, "", " ", "x", "x".repeat(65), "x".repeat(200), "x".repeat(201), "x".repeat(255),
  `${"x".repeat(64)}@${"d".repeat(180)}.example`, "a@b", "a b@c.example", "ä@example.com", "x".repeat(8_193), "x".repeat(16_385),
  "\u0001", "\u200b", "\u{1f600}".repeat(200), [], [1], {}, { a: 1 }, [[[[[[[[[1]]]]]]]]], "toString",
  Object.fromEntries(Array.from({ length: 65 }, (_, place) => [`k${place}`, place])),
];

const wrongTexts: readonly string[] = [
  "", " ", "0", "-1", "101", "1.5", "1e1", "NaN", "x", "null", "x".repeat(65), "x".repeat(256), "x".repeat(400), "Settings", "a/b", "ä",
  "01990000-0000-7000-8000-00000000000g", "01990000000070008000000000000000", "urn:uuid:01990000-0000-7000-8000-000000000000",
  "01990000-0000-7000-8000-000000000000 ", "{01990000-0000-7000-8000-000000000000}", "AAAA", "%", "__proto__", "constructor",
];

const keyChanges = [
  // Enough for every operation: the other keys do for reading, or for nothing.
  ...Array.from({ length: 3 }, () => header("Authorization", `Bearer ${apiKeys.nobody}`)),
  change("no Authorization", (draft) => without(draft, "authorization")),
  header("Authorization", `Bearer ${apiKeys.reader}`),
  header("Authorization", `bearer  ${apiKeys.writer} `),
  header("Authorization", `Basic ${Buffer.from(`writer:${apiKeys.writer}`).toString("base64")}`),
];

/** Seldom: the service looks for a key that it does not know, as it may be new, but only once a second. */
const unknownKey = header("Authorization", `Bearer ${apiKeys.reader.replaceAll("r", "s")}`);

const typeChanges = [
  change("no Content-Type", (draft) => without(draft, "content-type")),
  ...[
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "application/json; charset=utf-8", "application/JSON;charset=\"UTF-8\"", "application/json; charset=utf-16",
    "application/json; charset=latin1", "application/json;", "application/problem+json", "application/merge-patch+json",
    "application/json, text/plain", "json", "*/*",
  ].map((type) => header("Content-Type", type)),
];

const bodyChanges = [
  change("no body", (draft) => ({ ...draft, body: undefined })),
  change("an empty body", (draft) => ({ ...draft, body: { bytes: Buffer.alloc(0) } })),
  change("a body beyond the limit", (draft) =>
    withHeader({ ...draft, body: { json: { name: "x".repeat(70_000) } } }, "Content-Type", "application/json")),
];

const conditionChanges = ["If-Match", "If-None-Match"].flatMap((name) => [
  change(`no ${name}`, (draft: Draft) => without(draft, name)),
  ...["", "3", "\"3", "\"1\"", "\"x\"", "\"\"", "\"99999999999999999999\"", "\"-3\"", "\"3\",", ", \"3\"", "w/\"3\"", "W/\"3\"", "*, \"3\"", "\"1\", \"3\""]
    .map((value) => header(name, value)),
]);

const idempotencyChanges = ["", " ", "\"quoted\"", "a,b", "x".repeat(255), "x".repeat(256), "\xe4\xf6", "a b", "claimed-0", "{}"]
  .map((value) => header("Idempotency-Key", value));

/** Requests that miss what the document allows by one thing, or only just keep to it. */
export const nearChanges: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: inBody() },
  { weight: 2, arbitrary: fc.constantFrom(...bodyChanges) },
  {
    weight: 4,
    arbitrary: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...keyChanges) },
      { weight: 1, arbitrary: fc.constant(unknownKey) },
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom(...typeChanges) },
  { weight: 2, arbitrary: fc.constantFrom(...conditionChanges) },
  { weight: 1, arbitrary: fc.constantFrom(...idempotencyChanges) },
  { weight: 2, arbitrary: inPath() },
  { weight: 2, arbitrary: inQuery() },
);

function inBody(): fc.Arbitrary<Change> {
  return fc.record({ place: fc.nat(7), wrong: fc.option(fc.constantFrom(...wrongValues), { freq: 6, nil: undefined }) })
    .map(({ place, wrong }) => change(`member ${place} is ${JSON.stringify(wrong)?.slice(0, 20) ?? "missing"}`, (draft) => {
      if (draft.body === undefined || !("json" in draft.body)) {
        return draft;
      }
      return { ...draft, body: { json: replaceMember(draft.body.json, place, wrong) } };
    }));
}

/** The place after the last member is a member that nobody knows, the next one is the whole. */
function replaceMember(json: unknown, place: number, wrong: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return wrong ?? null;
  }
  const names = [...Object.keys(json), "unknown"];
  const name = names[place];
  if (name === undefined) {
    return wrong ?? null;
  }
  return { ...json, [name]: wrong };
}

function inPath(): fc.Arbitrary<Change> {
  return fc.record({ place: fc.nat(3), wrong: fc.constantFrom(...wrongTexts) })
    .map(({ place, wrong }) => change(`path ${place} is ${wrong.slice(0, 20)}`, (draft) => {
      const names = Object.keys(draft.path);
      const name = names[place % names.length];
      return name === undefined ? draft : { ...draft, path: { ...draft.path, [name]: wrong } };
    }));
}

function inQuery(): fc.Arbitrary<Change> {
  const names = fc.constantFrom("limit", "cursor", "email", "unknown", "__proto__", "limit[]");
  return fc.tuple(names, fc.constantFrom(...wrongTexts))
    .map((field: Field) => change(`query ${field[0]}=${field[1].slice(0, 20)}`, (draft) => ({ ...draft, query: [...draft.query, field] })));
}
