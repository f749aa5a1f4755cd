import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from "fastify";

import type { Slug } from "../problem-types.ts";
import { PROBLEM_MEDIA_TYPE, ProblemError } from "../problems.ts";
import { newRequestId } from "../request-id.ts";
import { headersOf } from "./response-headers.ts";

/** What Node's HTTP parser refuses before there is a request. */
const clientErrors: Readonly<Record<string, Slug>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
  HPE_HEADER_OVERFLOW: "headers-too-large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "payload-too-large",
};

/** How long a client that was refused on its socket may take to read why, and to close it. */
const FAREWELL_MILLISECONDS = 1_000;

/** Where Node keeps the answer that a socket sends, or sends next; its own `clientError` looks there as well. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null;
}

/** Connections that are about to end. What still arrives on them fails in the parser once more. */
const refused = new WeakSet<Socket>();

/** Connections whose newest request is answered and has not arrived completely. */
const answeredEarly = new WeakSet<Socket>();

/** Call it after each answer: when the rest of such a request is broken or does not come, all is said already. */
export function noteEarlyAnswer({ raw }: FastifyRequest): void {
  if (!raw.complete) {
    const { socket } = raw;
    answeredEarly.add(socket);
    raw.once("end", () => answeredEarly.delete(socket));
  }
}

/** Here is no request to answer, only a socket. */
export function answerClientError(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (refused.has(socket)) {
    return;
  }
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  refuse(socket, new ProblemError(clientErrors[error.code ?? ""] ?? "malformed-request"), { code: error.code }, this.log);
}

/** Without a listener, Node would close the connection of whoever asks for a tunnel without a word. */
export function refuseTunnels(app: FastifyInstance): void {
  app.server.on("connect", (_request, socket: Socket) => {
    // Node has let go of the socket: nobody else reads it or closes it in time, and its error would end the process.
    socket.on("error", () => undefined).once("timeout", () => socket.destroy()).resume();
    const problem = new ProblemError("method-not-allowed", { detail: "this service opens no tunnels" });
    // RFC 9110 wants the header with 405. What a tunnel would lead to has no methods here.
    refuse(socket, problem, { method: "CONNECT" }, app.log, { allow: "" });
  });
}

/** Ends a connection with a problem, in its turn: requests that arrived before have answers on their way. */
function refuse(
  socket: HttpSocket, problem: ProblemError, what: object, log: FastifyBaseLogger, headers: Record<string, string> = {},
): void {
  refused.add(socket);
  const answer = socket._httpMessage;
  // An answer that has not begun, to a request that is not complete, will not come: its body is what is refused.
  if (answer && (answer.req.complete || answer.headersSent)) {
    answer.once("close", () => refuse(socket, problem, what, log, headers));
    return;
  }
  if (socket.writable && !answeredEarly.has(socket)) {
    socket.write(farewell(socket, problem, what, log, headers));
  }
  socket.end();
  // Node no longer counts the time of this socket, and a client that does not close it would keep it for ever.
  setTimeout(() => socket.destroy(), FAREWELL_MILLISECONDS).unref();
}

function farewell(
  socket: Socket, problem: ProblemError, what: object, log: FastifyBaseLogger, headers: Record<string, string>,
): string {
  const { status } = problem.type;
  const id = newRequestId();
  log.info({ reqId: id, status, ...what, address: socket.remoteAddress }, "refused before it was a request");
  const body = JSON.stringify(problem.toProblem(id));
  const head = Object.entries({
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": Buffer.byteLength(body),
    "connection": "close",
    ...headersOf(id),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
}
