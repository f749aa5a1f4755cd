import type { FastifyInstance, HTTPMethods } from "fastify";

import { ProblemError } from "../problems.ts";
import { sendProblem } from "./errors.ts";

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
      const paths = [...allowed].map(([url, methods]) => ({ url, methods, allow: [...methods].sort().join(", ") }));
      for (const { url, methods, allow } of paths) {
        app.route({
          method: app.supportedMethods.filter((method) => !methods.has(method)) as HTTPMethods[],
          url,
          schema: { hide: true },
          // Before the body is read, which may be of any type.
          onRequest: (_request, reply, done) => {
            reply.header("allow", allow);
            done(notAllowed(allow));
          },
          handler: () => undefined,
        });
      }
      app.setNotFoundHandler((request, reply) => {
        // Fastify routes a third of the methods that Node reads. What comes with another one gets here on every path.
        const { allow } = paths.find(({ url }) => matches(url, request.url)) ?? {};
        if (allow === undefined) {
          return sendProblem(new ProblemError("not-found", { detail: "no route has this path" }), request, reply);
        }
        return sendProblem(notAllowed(allow), request, reply.header("allow", allow));
      });
    },
  };
}

function notAllowed(allow: string): ProblemError {
  return new ProblemError("method-not-allowed", { detail: `this path allows ${allow}` });
}

/** Whether a route's path, such as `/problems/:slug`, is that of a request. */
function matches(url: string, target: string): boolean {
  const [path = ""] = target.split("?");
  const [parts, given] = [url.split("/"), path.split("/")];
  return parts.length === given.length && parts.every((part, place) => part.startsWith(":") ? given[place] !== "" : part === given[place]);
}
