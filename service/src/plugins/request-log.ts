import type { FastifyReply, FastifyRequest } from "fastify";

import type { Traffic } from "../metrics/traffic.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Neither logged nor counted: the load balancer asks every few seconds. */
    silent?: boolean;
  }
}

/** Counts a request and writes its line. The route and not the path, because a path or a query holds personal data. */
export function recordRequest(request: FastifyRequest, reply: FastifyReply, traffic: Traffic): void {
  const { url, config } = request.routeOptions;
  if (config?.silent === true) {
    return;
  }
  const milliseconds = reply.elapsedTime;
  (config?.traffic ?? traffic.unrouted).record(reply.statusCode, milliseconds);
  request.log.info({
    method: request.method,
    route: url ?? "none",
    status: reply.statusCode,
    milliseconds: Math.round(milliseconds * 10) / 10,
    bytes: Number(reply.getHeader("content-length") ?? 0),
    client: request.client?.name,
    address: request.ip,
  }, "request");
}
