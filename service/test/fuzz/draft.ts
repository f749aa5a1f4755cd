import type { Operation } from "./api.ts";

export type Field = readonly [name: string, value: string];

/** A request that can still be changed. Text is Latin-1, so that it can hold any byte. */
export interface Draft {
  readonly operation: Operation;
  readonly method: string;
  /** Values for the places in the path, before they are encoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly Field[];
  readonly headers: readonly Field[];
  readonly body: { readonly json: unknown } | { readonly bytes: Buffer } | undefined;
  /** Instead of the path and the query. */
  readonly target?: string;
  readonly version: string;
}

export function targetOf({ operation, path, query, target }: Draft): string {
  if (target !== undefined) {
    return target;
  }
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_place, name: string) => encode(path[name] ?? ""));
  return query.length === 0 ? filled : `${filled}?${query.map((field) => field.map(encode).join("=")).join("&")}`;
}

/** Also for text with lone surrogates, which `encodeURIComponent` refuses. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

export function bodyOf({ body }: Draft): Buffer | undefined {
  if (body === undefined || "bytes" in body) {
    return body?.bytes;
  }
  return Buffer.from(JSON.stringify(body.json));
}

export function has(draft: Draft, name: string): boolean {
  return draft.headers.some(([own]) => own.toLowerCase() === name.toLowerCase());
}

export function without(draft: Draft, name: string): Draft {
  return { ...draft, headers: draft.headers.filter(([own]) => own.toLowerCase() !== name.toLowerCase()) };
}

/** Replaces the header, or adds it. */
export function withHeader(draft: Draft, name: string, value: string): Draft {
  return { ...draft, headers: [...without(draft, name).headers, [name, value]] };
}

/** The request as it goes over the wire, with its length told unless the draft tells one itself. */
export function bytesOf(draft: Draft): Buffer {
  const body = bodyOf(draft);
  const told = has(draft, "content-length") || has(draft, "transfer-encoding");
  const headers: readonly Field[] = body === undefined || told
    ? draft.headers
    : [...draft.headers, ["Content-Length", String(body.length)]];
  const lines = [
    `${draft.method} ${targetOf(draft)} ${draft.version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body ?? Buffer.alloc(0)]);
}
