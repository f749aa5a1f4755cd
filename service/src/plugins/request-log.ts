import type { FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Not worth a line in the log: the load balancer asks every few seconds. */
    silent?: boolean;
  }
}

/** One line per request. The route and not the path, because a path or a query holds personal data. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { url, config } = request.routeOptions;
  if (config?.silent === true) {
    return;
  }
  request.log.info({
    method: request.method,
    route: url ?? "none",
    status: reply.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    bytes: Number(reply.getHeader("content-length") ?? 0),
    client: request.client?.name,
    address: request.ip,
  }, "request");
}
