import type { FastifyInstance } from "fastify";

import { ProblemError } from "../problems.ts";

/**
 * Takes over two answers that Node would give by itself, without a body and the headers of every answer. The server has
 * to be made with `requireHostHeader: false`.
 */
export function answerForNode(app: FastifyInstance): void {
  // HTTP lets a server ignore an expectation that it does not know.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));

  app.addHook("onRequest", ({ headers, raw }, _reply, done) => {
    const nameless = headers.host === undefined && raw.httpVersion === "1.1";
    done(nameless ? new ProblemError("malformed-request", { detail: "the header Host is required" }) : undefined);
  });
}
