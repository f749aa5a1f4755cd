import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import type { Lifecycle } from "../lifecycle.ts";
import { ProblemError, problemTypes, type Slug } from "../problems.ts";
import { problems } from "../schemas.ts";

const tags = ["service"];
const config = { silent: true };
const security: [] = [];

/** About the service itself: open to everybody, and never dependent on the database. */
export const service: FastifyPluginAsyncTypebox<{ lifecycle: Lifecycle }> = async (app, { lifecycle }) => {
  app.get("/health/live", {
    config,
    schema: {
      summary: "Whether the process answers", tags, security, response: { 200: Type.Object({ status: Type.Literal("live") }) },
    },
  }, async () => ({ status: "live" as const }));

  app.get("/health/ready", {
    config,
    schema: {
      summary: "Whether the load balancer should send requests",
      tags,
      security,
      response: {
        200: Type.Object({ status: Type.Literal("ready") }),
        503: Type.Object({ status: Type.Enum(["starting", "draining"]) }),
      },
    },
  }, async (_request, reply) => {
    const { phase } = lifecycle;
    return phase === "ready" ? { status: phase } : reply.code(503).send({ status: phase });
  });

  app.get("/problems/:slug", {
    schema: {
      summary: "What a type of problem means",
      tags,
      security,
      params: Type.Object({ slug: Type.String() }),
      response: { 200: { description: "an explanation", content: { "text/plain": { schema: Type.String() } } }, ...problems(404) },
    },
  }, async (request, reply) => {
    const { slug } = request.params;
    if (!isSlug(slug)) {
      throw new ProblemError("not-found", { detail: "there is no such type of problem" });
    }
    const { status, title, explanation } = problemTypes[slug];
    return reply.type("text/plain; charset=utf-8").send(`${title} (${status})\n\n${explanation}\n`);
  });

  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
};

function isSlug(slug: string): slug is Slug {
  return Object.hasOwn(problemTypes, slug);
}
