import type { IncomingMessage } from "node:http";

import type { FastifyInstance } from "fastify";

import { ProblemError } from "../problems.ts";

/**
 * A host and a port after RFC 9110, either of which may be empty. A second header of the name would stand behind a
 * comma and a blank: which of the two a request is for, two servers could see differently.
 */
const host = /^(\[[0-9A-Za-z:.]+\]|[-\w.~!$&'()*+,;=%]*)(:[0-9]*)?$/;

/**
 * Takes over two answers that Node would give by itself, without a body and the headers of every answer, and refuses
 * what Node lets pass. The server has to be made with `requireHostHeader: false` and `joinDuplicateHeaders: true`.
 */
export function answerForNode(app: FastifyInstance): void {
  // HTTP lets a server ignore an expectation that it does not know.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));

  app.addHook("onRequest", ({ raw }, reply, done) => {
    const fault = faultOf(raw);
    if (fault === undefined) {
      done();
      return;
    }
    // Where such a request ends, and another begins, is in doubt as well.
    reply.raw.shouldKeepAlive = false;
    done(new ProblemError("malformed-request", { detail: fault }));
  });
}

function faultOf({ httpVersion, headers }: IncomingMessage): string | undefined {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    return "this service speaks HTTP/1.1";
  }
  if (headers.host === undefined && httpVersion === "1.1") {
    return "the header Host is required";
  }
  if (headers.host !== undefined && !host.test(headers.host)) {
    return "the header Host must be there once, with a host and perhaps a port";
  }
  // Node takes the last coding off and would give us what the others have made.
  const coding = headers["transfer-encoding"];
  return coding === undefined || /^chunked$/i.test(coding) ? undefined : "Transfer-Encoding may be nothing but chunked";
}
