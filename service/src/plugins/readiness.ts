import type { FastifyInstance } from "fastify";

import type { Lifecycle } from "../lifecycle.ts";
import { ProblemError } from "../problems.ts";

/**
 * Refuses requests to the routes of `app` before the service can work. Waiting for it would mean to wait for a database
 * that may not come, and without the keys nobody can be told from anybody else.
 */
export function requireReadiness(app: FastifyInstance, lifecycle: Lifecycle): void {
  app.addHook("onRequest", (_request, _reply, done) => {
    done(lifecycle.phase === "starting" ? new ProblemError("starting") : undefined);
  });
}
