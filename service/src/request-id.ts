import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

const root = /(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;

export function newRequestId(): string {
  return randomUUID();
}

/** The load balancer's trace id, which joins its access log and the service's. Free-form headers are not taken. */
export function requestId(request: Pick<IncomingMessage, "headers">): string {
  const trace = request.headers["x-amzn-trace-id"];
  return (typeof trace === "string" ? root.exec(trace)?.[1] : undefined) ?? newRequestId();
}
