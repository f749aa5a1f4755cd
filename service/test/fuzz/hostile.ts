import { gzipSync } from "node:zlib";

import fc from "fast-check";

import { bodyOf, targetOf, withHeader, without, type Draft } from "./draft.ts";
import type { Change } from "./near.ts";

const change = (name: string, apply: Change["apply"]): Change => ({ name, apply });

/** Valid JSON that PostgreSQL does not store. */
const unstorable: readonly string[] = [
  "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "{\"\\u0000\":1}", "{\"\\ud800\":1}", "1e400",
];

/** JSON texts that are no ordinary values; each becomes the whole body, or a member of its object. */
const texts: readonly string[] = [
  ...unstorable, "-1e400", "1e-400", "9007199254740993", "123456789012345678901234567890", "-0", "1E5", "01", "+1", ".5", "NaN", "Infinity",
  "\"\\ud83d\\ude00\"", "\"\\u000\"", "\"\\x00\"", "'a'", "\"a\nb\"", "\"\u007f\"",
  "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"__proto__\":{\"x\":1}}", "{\"\\u005f_proto__\":1}",
  "{\"constructor\":{\"prototype\":{\"x\":1}}}", "{\"constructor\":1}", "{\"a\":1,}", "[1,]", "{}{}", "// c\n1", "", " ", "\ufeff{}", "undefined", "tru",
  nested("[", "]", 8), nested("[", "]", 9), nested("[", "]", 33), nested("[", "]", 5_000), nested("[", "]", 30_000), "[".repeat(5_000),
  nested("{\"a\":", "}", 8), nested("{\"a\":", "}", 9), nested("{\"a\":", "}", 6_000),
  `{"${"k".repeat(9_000)}":1}`, `{"${"k".repeat(70_000)}":1}`, `"${"x".repeat(16_382)}"`, `"${"x".repeat(16_383)}"`, `"${"x".repeat(65_534)}"`,
  `"${"x".repeat(65_535)}"`, `${" ".repeat(65_535)}1`, `${" ".repeat(65_536)}1`, `[${"1,".repeat(30_000)}1]`,
  `{${Array.from({ length: 5_000 }, (_, place) => `"k${place}":0`).join()}}`,
];

function nested(open: string, close: string, times: number): string {
  return `${open.repeat(times)}${open === "[" ? "" : "1"}${close.repeat(times)}`;
}

/** Bytes that are not UTF-8, or only look like it: overlong, surrogates, beyond Unicode, cut off. */
const notUtf8 = ["\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f\x98", "\x80", "\xfe\xff", "\0"]
  .map((bytes) => Buffer.from(bytes, "latin1"));

const snippets = [
  ...notUtf8,
  ...["\\u0000", "\\ud800", "\\udfff", "\\", "\"", "\n", "\u2028", "\u{10ffff}", "a\\u0000"].map((text) => Buffer.from(text)),
];

const paths: readonly string[] = [
  "/%ff", "/%00", "/%", "/%2", "/%zz", "/%2f", "/..", "/../../etc/passwd", "/./v1/users", "/v1/../v1/users", "/v1/%2e%2e/users", "//v1/users",
  "/v1//users", "/v1/users/", "/V1/Users", "/v1/users;x=1", "/v1/users#x", "/v1/users%3Flimit=1", "/v1/users?", "/v1/users??", "/v1/users?limit",
  "/v1/users?limit=1&limit=2", "/v1/users?limit[]=1", "/v1/users?%ff=1", "/v1/users?limit=%ff", "/v1/users?limit=1%00", "/v1/users?__proto__=1",
  "/v1/users?cursor=%00", "/v1/users?email=%00@example.com", "/v1/users?email=a%ed%a0%80@example.com", "/v1/users/%00", "/v1/users/%2f", "/v1/users/..%2f",
  "/v1/users/urn:uuid:01990000-0000-7000-8000-000000000000", "/v1/users/URN:UUID:01990000-0000-7000-8000-000000000000",
  "/v1/users/01990000-0000-7000-8000-000000000000%00", "/v1/users/01990000-0000-7000-8000-000000000000/data/%ff",
  "/v1/users/01990000-0000-7000-8000-000000000000/data/a%2fb", "/v1/users/01990000-0000-7000-8000-000000000000/data/__proto__",
  `/v1/users/${"a".repeat(101)}`, `/${"a".repeat(9_000)}`, `/v1/users?email=${"a".repeat(9_000)}`, `/v1/users/${"%41".repeat(3_000)}`,
  "http://accounts.example/v1/users", "HTTP://other.example/v1/users?limit=1", "https://accounts.example", "ftp://x/v1/users", "*", "v1/users",
  "accounts.example:443", "/v1/us\xc3\xa9rs", "/v1/users\x80", "/ /", "/\t", "", "/problems/__proto__", "/problems/toString", "/problems/%00", "/problems/",
  "/documentation", "/docs/../v1/users", "/v1/users/{id}", "/v1/users/:id", "/\\v1\\users",
];

const headers: readonly (readonly [string, string])[] = [
  ...["Bearer", "Bearer ", "Bearer a b", "Bearer \xff", `Bearer ${"a".repeat(5_000)}`, "Digest x", ", ", "Bearer __proto__", "Bearer ="]
    .map((value) => ["Authorization", value] as const),
  ...["", "unknown", "1.2.3.4, 5.6.7.8", "::1", "999.1.1.1", "1.2.3.4:80", "'; DROP TABLE users; --", "\xff", "x,".repeat(1_000)]
    .map((value) => ["X-Forwarded-For", value] as const),
  ...["ftp", "https,http", ""].map((value) => ["X-Forwarded-Proto", value] as const),
  ...["evil.example", "a b", ""].map((value) => ["X-Forwarded-Host", value] as const),
  ...["00-0-0-0", "ff-00000000000000000000000000000000-0000000000000000-ff", "x".repeat(600), "", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
    .map((value) => ["traceparent", value] as const),
  ...["a=b", "=,=".repeat(50)].map((value) => ["tracestate", value] as const),
  ...["Root=1-67891233-abcdef012345678912345678", "Root=1-zzz", "Self=1;Root=", "Root=1-67891233-abcdef012345678912345678\"}", ""]
    .map((value) => ["X-Amzn-Trace-Id", value] as const),
  ...["x", "../../etc", "\"quoted\"\\"].map((value) => ["X-Request-Id", value] as const),
  ...["gzip", "br", "identity", "x"].map((value) => ["Content-Encoding", value] as const),
  ...["application/json; charset", "application/json;;", ";", "/", "application/json; __proto__=1", "a".repeat(3_000), "application/json\t", "text", "\xff/\xff"]
    .map((value) => ["Content-Type", value] as const),
  ...["text/html", "*/*;q=0", "application/problem+xml", ",", "\xff"].map((value) => ["Accept", value] as const),
  ...["100-continue", "100-Continue", "200-ok", ""].map((value) => ["Expect", value] as const),
  ...["close", "keep-alive, close", "Authorization", "x", ""].map((value) => ["Connection", value] as const),
  ...["", " ", "a b", "a:b:c", "[::1", "evil.example/x", "\xff", "a,b", "@", "x".repeat(300)].map((value) => ["Host", value] as const),
  ...["*", "\"\x80\"", "\"", "W/", "\"3\" \"3\"", "\"3\",".repeat(500), "\"\\\"3\\\"\"", "NaN", "\"3\"x", "\t\"3\"", "\"03\"", "\"3.0\"", "\"0x3\"", "\"1e0\""]
    .flatMap((value) => [["If-Match", value], ["If-None-Match", value]] as const),
  ...["\xff", "'; DROP TABLE users; --", "k".repeat(5_000), "__proto__", "\"", "\t", "urn:x"].map((value) => ["Idempotency-Key", value] as const),
  ...["null", "https://evil.example", "https://a.example, https://b.example", "\xff"].map((value) => ["Origin", value] as const),
  ...["DELETE", "PATCH"].map((value) => ["X-HTTP-Method-Override", value] as const),
  ["Range", "bytes=0-1"], ["If-Modified-Since", "x"], ["Cookie", `${"a=b; ".repeat(500)}`], ["TE", "trailers"], ["Trailer", "X"], ["Date", "x"],
  ["Accept-Encoding", "gzip, br"], ["Access-Control-Request-Method", "DELETE"], ["__proto__", "x"], ["constructor", "x"], ["X-Big", "x".repeat(20_000)],
  ["Upgrade", "h2c"], ["Upgrade", "websocket"],
];

const methods = [
  "HEAD", "OPTIONS", "TRACE", "PATCH", "PUT", "DELETE", "POST", "GET", "QUERY", "PROPFIND", "LOCK", "PURGE", "LINK", "M-SEARCH", "SEARCH", "MKCOL",
  "CONNECT", "FOO", "get", "G", "GE T", "", "\xff", "POST\0", "PRI",
];

const versions = ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.1 x", "HTTP/11", "", "ICY"];

/** Requests that mean harm, or come from a client that is broken; each of them is still framed as a request. */
export const hostileChanges: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...unstorable).map(wholeBody) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...unstorable), fc.nat(3)).map(([text, place]) => member(text, place)),
  },
  { weight: 5, arbitrary: fc.constantFrom(...texts).map(wholeBody) },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...texts), fc.nat(3)).map(([text, place]) => member(text, place)) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...snippets), fc.nat(40)).map(([snippet, place]) => inserted(snippet, place)),
  },
  { weight: 2, arbitrary: fc.nat(100).map((percent) => change(`body cut to ${percent} %`, (draft) =>
    replaceBody(draft, (body) => body.subarray(0, Math.floor(body.length * percent / 100))))) },
  { weight: 1, arbitrary: fc.constant(change("gzip", (draft) => withHeader(replaceBody(draft, gzipSync), "Content-Encoding", "gzip"))) },
  { weight: 1, arbitrary: fc.constant(change("a member twice", (draft) => replaceBody(draft, twice))) },
  { weight: 1, arbitrary: fc.constant(change("a body on any method", (draft) =>
    withHeader({ ...draft, body: { bytes: Buffer.from("{\"a\":1}") } }, "Content-Type", "application/json"))) },
  { weight: 5, arbitrary: fc.constantFrom(...paths).map((target) =>
    change(`target ${target.slice(0, 60)}`, (draft) => ({ ...draft, target }))) },
  { weight: 2, arbitrary: fc.constantFrom("%00", "%ff", "%2f", "/", "?", "%", "#x", ";a", "/..", "%0d%0aX:1", "'", "\"").map((tail) =>
    change(`target ends with ${tail}`, (draft) => ({ ...draft, target: `${targetOf(draft)}${tail}` }))) },
  { weight: 3, arbitrary: fc.constant(change("a part of the path too long", (draft) => ({
    ...draft, path: Object.fromEntries(Object.keys(draft.path).map((name) => [name, "a".repeat(101)])),
  }))) },
  { weight: 6, arbitrary: fc.constantFrom(...headers).map(([name, value]) =>
    change(`${name}: ${value.slice(0, 40)}`, (draft) => withHeader(draft, name, value))) },
  { weight: 2, arbitrary: fc.constantFrom(...headers).map(([name, value]) =>
    change(`also ${name}: ${value.slice(0, 40)}`, (draft) => ({ ...draft, headers: [...draft.headers, [name, value]] }))) },
  { weight: 1, arbitrary: fc.constant(change("no Host", (draft) => without(draft, "host"))) },
  { weight: 1, arbitrary: fc.constant(change("2,500 headers", (draft) =>
    ({ ...draft, headers: [...draft.headers, ...Array.from({ length: 2_500 }, (_, place) => [`x${place}`, ""] as const)] }))) },
  { weight: 3, arbitrary: fc.constantFrom(...methods).map((method) => change(`method ${method}`, (draft) => ({ ...draft, method }))) },
  { weight: 2, arbitrary: fc.constantFrom(...versions).map((version) => change(`version ${version}`, (draft) => ({ ...draft, version }))) },
);

function replaceBody(draft: Draft, edit: (body: Buffer) => Buffer): Draft {
  const body = bodyOf(draft);
  return body === undefined ? draft : { ...draft, body: { bytes: edit(body) } };
}

function wholeBody(text: string): Change {
  return change(`body ${text.slice(0, 20)}`, (draft) => replaceBody(draft, () => Buffer.from(text)));
}

/** Puts the text where a member of the body has its value, or below it where that is an object. */
function member(text: string, place: number): Change {
  return change(`member ${place} is ${text.slice(0, 20)}`, (draft) => {
    if (draft.body === undefined || !("json" in draft.body)) {
      return draft;
    }
    const { json } = draft.body;
    const members = typeof json === "object" && json !== null ? Object.entries(json) : [];
    const names = [...members.map(([name]) => name), "attributes"];
    const chosen = names[place % names.length];
    const parts = [...members.filter(([name]) => name !== chosen).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`),
      `${JSON.stringify(chosen)}:${chosen === "attributes" ? `{"x":${text}}` : text}`];
    return { ...draft, body: { bytes: Buffer.from(`{${parts.join()}}`) } };
  });
}

/** After a quotation mark is where a string begins or ends. */
function inserted(snippet: Buffer, place: number): Change {
  return change(`${JSON.stringify(snippet.toString("latin1"))} in the body`, (draft) => replaceBody(draft, (body) => {
    const marks = [...body.keys()].filter((index) => body[index] === 0x22);
    const at = (marks[place % Math.max(marks.length, 1)] ?? -1) + 1;
    return Buffer.concat([body.subarray(0, at), snippet, body.subarray(at)]);
  }));
}

function twice(body: Buffer): Buffer {
  const [, first] = /^\{("[^"]*":(?:"[^"\\]*"|[\w.+-]+))/.exec(body.toString("latin1")) ?? [];
  return first === undefined ? body : Buffer.concat([Buffer.from(`{${first},`, "latin1"), body.subarray(1)]);
}
