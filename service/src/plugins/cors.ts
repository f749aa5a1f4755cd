import type { FastifyCorsOptions } from "@fastify/cors";
import type { FastifyInstance, FastifyRequest } from "fastify";

const exposed = [
  "ETag", "Location", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id",
];

const fixed: FastifyCorsOptions = {
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  allowedHeaders: ["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
  exposedHeaders: exposed,
  // A key is sent by the page's own code; a cookie or a login that the browser adds by itself counts for nothing here.
  credentials: false,
  // Two hours, the most that Chromium remembers.
  maxAge: 7_200,
};

/**
 * Lets pages of these origins call the API from a browser, and read its errors as well. Call it before anything that
 * answers or refuses requests, and before anything that collects the routes: the plugin adds one for `OPTIONS *`.
 */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  // Only here, so that a service without origins does not load it.
  const { default: cors } = await import("@fastify/cors");
  await app.register(cors, {
    hideOptionsRoute: true,
    delegator: (request, done) => done(null, {
      ...fixed,
      origin: origins.includes(request.headers.origin ?? ""),
      // An OPTIONS request that asks for nothing is one of a method that no path has.
      preflight: (request.headers["access-control-request-method"] ?? "") !== "",
    }),
  });
}

/** The same for an answer that Fastify gives without its hooks, and so without the plugin's. */
export function originHeaders({ headers: { origin = "" } }: FastifyRequest, origins: readonly string[]): Record<string, string> {
  return {
    ...origins.length > 0 && { vary: "Origin" },
    ...origins.includes(origin) && {
      "access-control-allow-origin": origin, "access-control-expose-headers": exposed.join(", "),
    },
  };
}
