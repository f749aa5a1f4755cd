import { randomBytes } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";

export interface Call {
  readonly key?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  /** The request, as it is told in messages. */
  readonly request: string;
  /** Sent along as the trace id's root; load balancer and service call the request by it. */
  readonly requestId: string;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  /** `TLSv1.3, certificate until 31 Jan 2027`, or that there is none. */
  readonly transport: string;
}

/** Longer than any answer of the service's takes, shorter than the load balancer's idle timeout. */
const limitMilliseconds = 15_000;

/** Sends requests as a client does, each over a connection of its own. Rejects when no answer comes. */
export async function call(url: string, method: string, path: string, options: Call = {}): Promise<Answer> {
  const { key, body, headers } = options;
  const requestId = `1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
  const content = body && JSON.stringify(body);
  const response = await send(new URL(path, url), method, content, {
    "x-amzn-trace-id": `Root=${requestId}`,
    ...key === undefined ? {} : { authorization: `Bearer ${key}` },
    ...content === undefined ? {} : { "content-type": "application/json" },
    ...headers,
  }).catch((error: Error) => {
    throw new Error(`${method} ${path} got no answer: ${reasonOf(error)}`, { cause: error });
  });
  const transport = transportOf(response);
  const said = await text(response);
  const isJson = said !== "" && /json/.test(response.headers["content-type"] ?? "");
  return {
    request: `${method} ${path}`,
    requestId,
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: isJson ? JSON.parse(said) : said,
    transport,
  };
}

function send(
  url: URL, method: string, content: string | undefined, headers: Record<string, string>,
): Promise<http.IncomingMessage> {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false, signal: AbortSignal.timeout(limitMilliseconds) }, resolve)
      .on("error", reject)
      .end(content);
  });
}

/** A name with several addresses fails with a list of errors and without a message of its own. */
function reasonOf(error: Error): string {
  const { errors } = error as AggregateError;
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return `none within ${limitMilliseconds / 1000} s`;
  }
  return Array.isArray(errors) ? errors.map((each: Error) => each.message).join(", ") : error.message;
}

function transportOf({ socket }: http.IncomingMessage): string {
  const { encrypted } = socket as Partial<TLSSocket>;
  if (encrypted !== true) {
    return "plain HTTP, which anybody on the way can read";
  }
  const { getProtocol, getPeerCertificate } = socket as TLSSocket;
  return `${getProtocol.call(socket)}, certificate until ${getPeerCertificate.call(socket).valid_to}`;
}
