import type { FastifyReply, FastifyRequest } from "fastify";

import type { Lifecycle } from "../lifecycle.ts";

const fixed = {
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

export function setResponseHeaders(request: FastifyRequest, reply: FastifyReply, lifecycle: Lifecycle): void {
  reply.headers(fixed).header("x-request-id", request.id);
  // Lets the load balancer open its next connection to another task before this one closes them all.
  if (lifecycle.phase === "draining") {
    reply.header("connection", "close");
  }
}
