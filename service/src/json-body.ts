import { isUtf8 } from "node:buffer";

import type { FastifyInstance, FastifyRequest } from "fastify";

import { unstorable } from "./json-limits.ts";
import { ProblemError } from "./problems.ts";

/** Replaces Fastify's parsers by one that refuses what would be changed silently, or could not be stored. */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    if (body.length === 0) {
      // Some clients send the header with every request. Routes that need a body refuse `undefined`.
      done(null, undefined);
      return;
    }
    if (!isUtf8(body)) {
      done(new ProblemError("malformed-request", { detail: "the body is not UTF-8" }));
      return;
    }
    parseJson(request, body.toString(), (error, value) => {
      const fault = error === null ? unstorable(value) : "must be valid JSON without the key __proto__ or constructor.prototype";
      done(fault === undefined ? null : new ProblemError("malformed-request", { detail: `the body ${fault}` }), value);
    });
  });
}

/** Fastify validates a missing body as if it were null, which a schema for any JSON value accepts. */
export function requireBody(request: FastifyRequest): void {
  if (request.body === undefined) {
    throw new ProblemError("malformed-request", { detail: "a JSON body is required" });
  }
}
