import type { FastifyReply, FastifyRequest } from "fastify";

import type { Lifecycle } from "../lifecycle.ts";

const fixed = {
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** What every answer carries, also one that no request could be read for. */
export function headersOf(requestId: string) {
  return { ...fixed, "x-request-id": requestId };
}

export function setResponseHeaders(request: FastifyRequest, reply: FastifyReply, lifecycle: Lifecycle): void {
  reply.headers(headersOf(request.id));
  // Lets the load balancer open its next connection to another task before this one closes them all. And Node drops
  // what it has read behind a request for another protocol: whoever waits for an answer to that must see none comes.
  if (lifecycle.phase === "draining" || request.headers.upgrade !== undefined) {
    reply.header("connection", "close");
  }
}
