import type { FastifyInstance, HTTPMethods } from "fastify";

import { ProblemError } from "../problems.ts";

/** Answers 405 with `Allow` on every path that exists for other methods. Call `finish` after all routes are known. */
export function refuseOtherMethods(app: FastifyInstance): { finish(): void } {
  const allowed = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = allowed.get(url) ?? new Set();
    [method].flat().forEach((one) => methods.add(one));
    allowed.set(url, methods);
  });

  return {
    finish: () => {
      for (const [url, methods] of [...allowed]) {
        const allow = [...methods].sort().join(", ");
        app.route({
          method: app.supportedMethods.filter((method) => !methods.has(method)) as HTTPMethods[],
          url,
          schema: { hide: true },
          // Before the body is read, which may be of any type.
          onRequest: (_request, reply, done) => {
            reply.header("allow", allow);
            done(new ProblemError("method-not-allowed", { detail: `this path allows ${allow}` }));
          },
          handler: () => undefined,
        });
      }
    },
  };
}
