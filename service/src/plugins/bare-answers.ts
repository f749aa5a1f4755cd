import type { FastifyInstance } from "fastify";

import { ProblemError } from "../problems.ts";

/**
 * A host and a port after RFC 9110, either of which may be empty. A second header of the name would stand behind a
 * comma and a blank: which of the two a request is for, two servers could see differently.
 */
const host = /^(\[[0-9A-Za-z:.]+\]|[-\w.~!$&'()*+,;=%]*)(:[0-9]*)?$/;

/**
 * Takes over two answers that Node would give by itself, without a body and the headers of every answer. The server has
 * to be made with `requireHostHeader: false` and `joinDuplicateHeaders: true`.
 */
export function answerForNode(app: FastifyInstance): void {
  // HTTP lets a server ignore an expectation that it does not know.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));

  app.addHook("onRequest", ({ headers, raw }, _reply, done) => {
    const fault = faultOf(headers.host, raw.httpVersion);
    done(fault === undefined ? undefined : new ProblemError("malformed-request", { detail: fault }));
  });
}

function faultOf(value: string | undefined, httpVersion: string): string | undefined {
  if (value === undefined) {
    return httpVersion === "1.1" ? "the header Host is required" : undefined;
  }
  return host.test(value) ? undefined : "the header Host must be there once, with a host and perhaps a port";
}
