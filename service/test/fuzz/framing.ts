import fc from "fast-check";

import { bodyOf, bytesOf, withHeader, without, type Draft } from "./draft.ts";
import type { Wire } from "./wire.ts";

/** A way of sending a request, and what to call it in a report. */
export interface Framing {
  readonly name: string;
  readonly frame: (draft: Draft) => Wire;
}

export const plainly: Framing = { name: "", frame: (draft) => wire(draft, [bytesOf(draft)]) };

function wire(draft: Draft, parts: readonly Buffer[], more: Partial<Wire> = {}): Wire {
  return { parts, methods: [draft.method], main: 0, closes: false, broken: false, ...more };
}

const latin1 = (text: string) => Buffer.from(text, "latin1");
const broken = { broken: true };
const cutOff = { broken: true, closes: true };

/** The next request on the same connection, which must not see anything of the one before. */
const next = latin1("GET /health/live HTTP/1.1\r\nHost: accounts.example\r\n\r\n");

function chunked(draft: Draft, size: number, more = "0\r\n\r\n"): Buffer {
  const body = bodyOf(draft) ?? Buffer.from("{}");
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, place) =>
    body.subarray(place * size, (place + 1) * size));
  return Buffer.concat([
    bytesOf({ ...withHeader(without(draft, "content-length"), "Transfer-Encoding", "chunked"), body: undefined }),
    ...chunks.flatMap((chunk) => [latin1(`${chunk.length.toString(16)}\r\n`), chunk, latin1("\r\n")]),
    latin1(more),
  ]);
}

/** With these lines of head, whatever they say of the body's length. */
function withLines(draft: Draft, lines: string): Buffer {
  const [line = "", ...rest] = bytesOf(draft).toString("latin1").split("\r\n");
  return latin1([line, lines, ...rest].join("\r\n"));
}

type Edit = (bytes: Buffer, draft: Draft) => readonly Buffer[];

const ofBytes = (name: string, edit: Edit, more: Partial<Wire> = {}): Framing =>
  ({ name, frame: (draft) => wire(draft, edit(bytesOf(draft), draft), more) });

const line = (text: string, more: Partial<Wire>): Framing =>
  ofBytes(`line ${JSON.stringify(text).slice(0, 40)}`, (_bytes, draft) => [withLines(draft, text)], more);

const lengths = ["-1", "+5", "1e1", "0x5", "5, 5", "x", "", "99999999999999999999", "5 5"];

/** Requests that are harmless but come in pieces, together, or in chunks. All of them have to work. */
const sound: readonly Framing[] = [
  ofBytes("in many packets", (bytes) => Array.from({ length: 6 }, (_, place) =>
    bytes.subarray(Math.floor(bytes.length * place / 6), Math.floor(bytes.length * (place + 1) / 6)))),
  ofBytes("after an empty line", (bytes) => [latin1("\r\n"), bytes]),
  { name: "in chunks of 7", frame: (draft) => wire(draft, [chunked(draft, 7)]) },
  { name: "in one chunk with a trailer", frame: (draft) => wire(draft, [chunked(draft, 100_000, "0\r\nX-Trailer: 1\r\n\r\n")]) },
  { name: "before another request", frame: (draft) => wire(draft, [Buffer.concat([bytesOf(draft), next])], { methods: [draft.method, "GET"] }) },
  {
    name: "after three others",
    frame: (draft) => wire(draft, [Buffer.concat([next, next, next, bytesOf(draft)])], { methods: ["GET", "GET", "GET", draft.method], main: 3 }),
  },
];

/** Whoever reads these otherwise than the server before it can be made to see a request that nobody sent. */
const unsound: readonly Framing[] = [
  ...lengths.map((length): Framing => ({
    name: `Content-Length: ${length}`, frame: (draft) => wire(draft, [bytesOf(withHeader(draft, "Content-Length", length))], cutOff),
  })),
  // A request without a body waits for one after these.
  ...["Transfer-Encoding: chunked", "Transfer-Encoding: gzip"].map((text) => line(text, cutOff)),
  ...[
    "Transfer-Encoding: chunked, chunked", "Transfer-Encoding:\x0bchunked",
    "Content-Length: 0\r\nContent-Length: 5", "Transfer-Encoding: chunked\r\nContent-Length: 3", "X-Folded: a\r\n b", "X-Space : a", ": empty",
    "X-Nul: a\0b", "X-Bare: a\nb: c", "X-Return: a\rb", "no colon",
  ].map((text) => line(text, broken)),
  ofBytes("bare line feeds", (bytes) => [latin1(bytes.toString("latin1").replaceAll("\r\n", "\n"))], cutOff),
  ofBytes("a body shorter than told", (_bytes, draft) => [bytesOf(withHeader(draft, "Content-Length", "70000"))], cutOff),
  ofBytes("cut off in the head", (bytes) => [bytes.subarray(0, 20)], cutOff),
  ofBytes("cut off before the end", (bytes) => [bytes.subarray(0, bytes.length - 1)], cutOff),
  ...["x\r\n", "-1\r\n", "ffffffffffffffff\r\n", "5\r\nabc", "5\r\n12345x"]
    .map((rest): Framing => ({ name: `chunk ${rest}`, frame: (draft) => wire(draft, [chunked(draft, 50, rest)], cutOff) })),
  ...["a=b", "a".repeat(20_000)].map((extension): Framing => ({
    name: `chunk extension ${extension.slice(0, 12)}`,
    frame: (draft) => wire(draft, [chunked(draft, 50, `1;${extension}\r\n \r\n0\r\n\r\n`)], broken),
  })),
  ofBytes("a TLS handshake", () => [latin1("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")], cutOff),
  ofBytes("HTTP/2", () => [latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")], cutOff),
  ofBytes("noise", () => [latin1("\0\x01\x02\xff\xfe\r\n\r\n")], cutOff),
  ofBytes("nothing", () => [], cutOff),
];

/** The service has to notice by itself that nothing more comes; the limit for it is what these take. */
const endless: readonly Framing[] = [
  { name: "chunks without an end", frame: (draft) => wire(draft, [chunked(draft, 50, "")], broken) },
  ofBytes("a body that does not come", (_bytes, draft) => [bytesOf(withHeader({ ...draft, body: undefined }, "Content-Length", "50"))], broken),
  ofBytes("a head without an end", (bytes) => [bytes.subarray(0, 30)], broken),
];

export const framings: fc.Arbitrary<Framing> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...sound) },
  { weight: 30, arbitrary: fc.constantFrom(...unsound) },
  { weight: 1, arbitrary: fc.constantFrom(...endless) },
);
