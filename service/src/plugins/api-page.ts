import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { FastifyInstance } from "fastify";

/** Only what this service itself serves: no other host, no script or style within the page. */
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join("; ");

/**
 * A page on which people read the API and try it with a key of theirs, which the page forgets when it is closed. Call
 * it before anything that collects the routes: Fastify does not report all of those that are only a prefix.
 */
export async function serveApiPage(app: FastifyInstance): Promise<void> {
  // Only here, so that a service without the page does not load what makes it.
  const [{ default: swaggerUi }, { describeApi }] = await Promise.all([import("@fastify/swagger-ui"), import("./openapi.ts")]);
  await describeApi(app);
  await app.register(async (page) => {
    await page.register(swaggerUi, {
      routePrefix: "/docs",
      baseDir: files(),
      staticCSP: policy,
      // Without the bar at the top, which is for other documents, and without its logo.
      uiConfig: { layout: "BaseLayout", tryItOutEnabled: true, persistAuthorization: false },
      theme: { title: "accounts API" },
      logo: { type: "image/png", content: "" },
    });
    page.addHook("onSend", (request, reply, payload, done) => {
      if (request.url.startsWith("/docs/static/") && reply.statusCode < 400) {
        reply.header("cache-control", "public, max-age=3600");
      }
      done(null, payload);
    });
  });
}

/** The build has a copy beside the program; from the sources, the package has them. */
function files(): string {
  const copy = join(import.meta.dirname, "api-page");
  const { resolve } = createRequire(import.meta.url);
  return existsSync(copy) ? copy : join(dirname(resolve("@fastify/swagger-ui")), "static");
}
