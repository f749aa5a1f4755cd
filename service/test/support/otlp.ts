import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

type Value = string | bigint;

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** 2 is a server's, 3 a client's. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, Value>>;
  /** Of the service that sent it. */
  readonly resource: Readonly<Record<string, Value>>;
  /** 2 is an error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly events: number;
}

/** A collector of OpenTelemetry that takes OTLP over HTTP, as far as the tests look. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** All that came, as bytes. */
  readonly bytes: Buffer;
  /** Resolves when a span is there for which `wanted` is true. */
  received(wanted: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  stop(): Promise<void>;
}

/** `answer` is what it does with an export instead of taking it. */
export async function startCollector(answer?: RequestListener): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const watchers = new Set<() => void>();
  const server = createServer(answer ?? (async (request, response) => {
    const body = await buffer(request);
    bodies.push(body);
    spans.push(...readSpans(body));
    response.setHeader("content-type", "application/x-protobuf").end();
    watchers.forEach((check) => check());
  })).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    get bytes() {
      return Buffer.concat(bodies);
    },
    received: (wanted) => new Promise((resolve) => {
      const check = (): void => {
        const span = spans.find(wanted);
        if (span !== undefined) {
          watchers.delete(check);
          resolve(span);
        }
      };
      watchers.add(check);
      check();
    }),
    stop: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The fields of a message of Protocol Buffers, each with all of its values: bytes, or numbers as they are. */
type Message = Map<number, (Buffer | bigint)[]>;

function readMessage(bytes: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, at += length);
  while (at < bytes.length) {
    const tag = Number(varint());
    const value = { 0: varint, 1: () => take(8), 2: () => take(Number(varint())), 5: () => take(4) }[tag & 7]!();
    message.set(tag >> 3, [...message.get(tag >> 3) ?? [], value]);
  }
  return message;
}

const messages = (message: Message, field: number) =>
  (message.get(field) ?? []).map((bytes) => readMessage(bytes as Buffer));
const text = (message: Message, field: number, encoding: BufferEncoding = "utf8") =>
  ((message.get(field)?.[0] ?? Buffer.alloc(0)) as Buffer).toString(encoding);
const number = (message: Message, field: number) => Number(message.get(field)?.[0] ?? 0);

/** The numbers of the fields are those of opentelemetry/proto/trace/v1/trace.proto. */
function readSpans(body: Buffer): ReceivedSpan[] {
  return messages(readMessage(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1)[0]!, 1);
    return messages(resourceSpans, 2).flatMap((scope) => messages(scope, 2)).map((span) => {
      const status = messages(span, 15)[0] ?? new Map();
      return {
        name: text(span, 5),
        traceId: text(span, 1, "hex"),
        spanId: text(span, 2, "hex"),
        parentSpanId: text(span, 4, "hex"),
        kind: number(span, 6),
        attributes: attributesOf(span, 9),
        resource,
        status: { code: number(status, 3), message: text(status, 2) },
        events: messages(span, 11).length,
      };
    });
  });
}

/** Strings and integers, which is all that the service sends. */
function attributesOf(message: Message, field: number): Record<string, Value> {
  return Object.fromEntries(messages(message, field).map((entry) => {
    const [value] = messages(entry, 2);
    return [text(entry, 1), value!.has(1) ? text(value!, 1) : value!.get(3)![0] as bigint];
  }));
}
