import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from "fastify";

import type { Traffic } from "../metrics/traffic.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Joins the request's lines and its spans; null unless it is traced. */
    traceIds: { readonly trace_id: string; readonly span_id: string } | null;
  }

  interface FastifyContextConfig {
    /** Neither logged nor counted: the load balancer asks every few seconds. */
    silent?: boolean;
  }
}

export type RecordRequest = (request: FastifyRequest, reply: FastifyReply) => void;

/** Counts requests and writes their lines: the route and not the path, which may hold personal data. */
export function requestRecorder(traffic: Traffic, log: FastifyBaseLogger): RecordRequest {
  // What the line holds is known, and looking for what may not be logged would cost as much as writing it.
  const lines = log.child({}, { redact: [] });

  return (request, reply) => {
    const { url, config } = request.routeOptions;
    if (config?.silent === true) {
      return;
    }
    const milliseconds = reply.elapsedTime;
    (config?.traffic ?? traffic.unrouted).record(reply.statusCode, milliseconds);
    lines.info({
      reqId: request.id,
      method: request.method,
      route: url ?? "none",
      status: reply.statusCode,
      milliseconds: Math.round(milliseconds * 10) / 10,
      bytes: Number(reply.getHeader("content-length") ?? 0),
      client: request.client?.name,
      address: request.ip,
      ...request.traceIds,
    }, "request");
  };
}
