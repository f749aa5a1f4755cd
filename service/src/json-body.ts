import { isUtf8 } from "node:buffer";
import { MIMEType } from "node:util";

import type { FastifyInstance, FastifyRequest } from "fastify";

import { repeatsKey, unstorable } from "./json-limits.ts";
import { ProblemError } from "./problems.ts";

/** Replaces Fastify's parsers by one that refuses what would be changed silently, or could not be stored. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  acceptJson(app, "application/json");
}

/** Reads bodies of this media type as JSON, on the routes of `app` only. */
export function acceptJson(app: FastifyInstance, mediaType: string): void {
  const parseJson = app.getDefaultJsonParser("error", "error");

  app.addContentTypeParser(mediaType, { parseAs: "buffer" }, (request, body: Buffer, done) => {
    const charset = new MIMEType(request.headers["content-type"] ?? mediaType).params.get("charset") ?? "utf-8";
    if (!/^utf-?8$/i.test(charset)) {
      done(new ProblemError("unsupported-media-type", { detail: "JSON is UTF-8; send no other charset" }));
      return;
    }
    if (body.length === 0) {
      // Some clients send the header with every request. Routes that need a body refuse `undefined`.
      done(null, undefined);
      return;
    }
    if (!isUtf8(body)) {
      done(new ProblemError("malformed-request", { detail: "the body is not UTF-8" }));
      return;
    }
    const json = body.toString();
    parseJson(request, json, (error, value) => {
      const fault = error === null ? faultOf(json, value) : "must be valid JSON without the key __proto__ or constructor.prototype";
      done(fault === undefined ? null : new ProblemError("malformed-request", { detail: `the body ${fault}` }), value);
    });
  });
}

function faultOf(json: string, value: unknown): string | undefined {
  return unstorable(value) ?? (repeatsKey(json, value) ? "must not name a key of an object twice" : undefined);
}

/** Fastify validates a missing body as if it were null, which a schema for any JSON value accepts. */
export function requireBody(request: FastifyRequest): void {
  if (request.body === undefined) {
    throw new ProblemError("malformed-request", { detail: "a JSON body is required" });
  }
}
