import * as crypto from "node:crypto";
import * as http from "node:http";
import { pipeline } from "node:stream";

import type { RegisteredTarget } from "./target-group";

/** Headers that concern one connection, and those that the balancer writes itself. */
const replacedHeaders = new Set([
  "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect",
  "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id",
]);

/** Methods whose requests have no body unless they announce one. */
const bodilessMethods = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** What a listener says of a request. */
export interface ForwardSettings {
  readonly traceId: string;
  readonly port: number;
  readonly clientProtocol: "HTTP" | "HTTPS";
  readonly idleTimeoutSeconds: number;
}

class IdleTimeout extends Error {}

/** Sends a request on to a target, and the answer back, both as they come. Nothing is ever sent twice. */
export function forward(
  request: http.IncomingMessage, response: http.ServerResponse, target: RegisteredTarget, settings: ForwardSettings,
): void {
  const outgoing = http.request({
    host: "127.0.0.1",
    port: target.target.port,
    agent: target.agent,
    method: request.method,
    path: request.url,
    headers: requestHeaders(request, settings),
  });
  target.track(response);
  outgoing.setTimeout(settings.idleTimeoutSeconds * 1_000, () => outgoing.destroy(new IdleTimeout()));
  outgoing.once("response", (incoming) => {
    response.writeHead(incoming.statusCode!, incoming.statusMessage, responseHeaders(incoming));
    response.flushHeaders();
    // An answer that breaks off has to break off for the client too, rather than never end.
    pipeline(incoming, response, () => request.resume());
  });
  outgoing.on("error", (error) => {
    request.unpipe(outgoing).resume();
    if (!response.headersSent && !response.destroyed) {
      refuse(response, statusOf(error, request));
    }
  });
  response.once("close", () => {
    if (!response.writableFinished) {
      outgoing.destroy();
    }
  });
  request.pipe(outgoing);
}

/** Answers as the balancer itself does. */
export function refuse(response: http.ServerResponse, statusCode: number): void {
  const title = `${statusCode} ${http.STATUS_CODES[statusCode]}`;
  response.writeHead(statusCode, { "Server": "awselb/2.0", "Content-Type": "text/html" });
  response.end(`<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n`
    + "</body>\r\n</html>\r\n");
}

/** The trace id that the target gets: the client's, with the balancer's own part before it, or a new one. */
export function traceIdOf(request: http.IncomingMessage): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  const own = `1-${seconds}-${crypto.randomBytes(12).toString("hex")}`;
  const given = request.headers["x-amzn-trace-id"];
  return typeof given === "string" && given.includes("Root=") ? `Self=${own};${given}` : `Root=${own}`;
}

function requestHeaders(request: http.IncomingMessage, settings: ForwardSettings): string[] {
  const forwardedFor = request.headers["x-forwarded-for"];
  const announcesBody = "transfer-encoding" in request.headers || "content-length" in request.headers;
  const client = request.socket.remoteAddress ?? "";
  return [
    ...kept(request.rawHeaders, replacedHeaders),
    // Node would announce a body in chunks where the client has announced none.
    ...announcesBody || bodilessMethods.has(request.method!) ? [] : ["Content-Length", "0"],
    "X-Forwarded-For", forwardedFor === undefined ? client : `${String(forwardedFor)}, ${client}`,
    "X-Forwarded-Proto", settings.clientProtocol.toLowerCase(),
    "X-Forwarded-Port", String(settings.port),
    "X-Amzn-Trace-Id", settings.traceId,
    "Connection", "keep-alive",
  ];
}

function responseHeaders(incoming: http.IncomingMessage): string[] {
  // A target's hint how long it keeps connections is for nobody: a balancer of AWS does not follow it either, and
  // answers 502 when a target closes a connection that it is about to use. Node's agent would hide that.
  delete incoming.headers["keep-alive"];
  return kept(incoming.rawHeaders, new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "trailer"]));
}

function kept(rawHeaders: readonly string[], dropped: ReadonlySet<string>): string[] {
  return rawHeaders.filter((_, index) => !dropped.has(rawHeaders[index - index % 2]!.toLowerCase()));
}

function statusOf(error: Error, request: http.IncomingMessage): number {
  if (!(error instanceof IdleTimeout)) {
    return 502;
  }
  return request.complete ? 504 : 408;
}
