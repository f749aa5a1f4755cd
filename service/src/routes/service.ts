import { readFile } from "node:fs/promises";

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";

import { json, problems } from "../answers.ts";
import { ownMigrations } from "../database/schema.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { problemTypes, type Slug } from "../problem-types.ts";
import { ProblemError } from "../problems.ts";
import { release } from "../release.ts";

/** Beside the program in the image, and in the repository: relative to the working directory in both. */
const OPENAPI_FILE = "openapi.json";

const tags = ["service"];
const config = { silent: true };
const security: [] = [];

const Version = Type.Object({
  version: Type.String(),
  commit: Type.Union([Type.String(), Type.Null()], { description: "null when it was not built from a commit" }),
  schema: Type.Union([Type.String(), Type.Null()], { description: "the newest migration this version has" }),
}, { examples: [{ version: "1.0.0", commit: "0123456789abcdef0123456789abcdef01234567", schema: "0001_users" }] });

/** About the service itself: open to everybody, and never dependent on the database. */
export const service: FastifyPluginAsyncTypebox<{ lifecycle: Lifecycle }> = async (app, { lifecycle }) => {
  app.get("/health/live", {
    config,
    schema: {
      operationId: "getLiveness",
      summary: "Whether the process answers",
      tags,
      security,
      response: { 200: json("it does", Type.Object({ status: Type.Literal("live") })) },
    },
  }, async () => ({ status: "live" as const }));

  app.get("/health/ready", {
    config,
    schema: {
      operationId: "getReadiness",
      summary: "Whether the load balancer should send requests",
      tags,
      security,
      response: {
        200: json("it should", Type.Object({ status: Type.Literal("ready") })),
        503: json("not yet, or no longer", Type.Object({ status: Type.Enum(["starting", "draining"]) })),
      },
    },
  }, async (_request, reply) => {
    const { phase } = lifecycle;
    return phase === "ready" ? { status: phase } : reply.code(503).send({ status: phase });
  });

  app.get("/version", {
    config,
    schema: {
      operationId: "getVersion",
      summary: "Which version of the service this is",
      tags,
      security,
      response: { 200: json("the version", Version) },
    },
  }, async () => ({ ...release, schema: ownMigrations().at(-1) ?? null }));

  app.get("/problems/:slug", {
    schema: {
      operationId: "getProblemType",
      summary: "What a type of problem means",
      tags,
      security,
      params: Type.Object({ slug: Type.String() }),
      response: {
        200: { description: "an explanation", content: { "text/plain": { schema: Type.String() } } },
        ...problems("uri-too-long", "not-found"),
      },
    },
  }, async (request, reply) => {
    const { slug } = request.params;
    if (!isSlug(slug)) {
      throw new ProblemError("not-found", { detail: "there is no such type of problem" });
    }
    const { status, title, explanation } = problemTypes[slug];
    return reply.type("text/plain; charset=utf-8").send(`${title} (${status})\n\n${explanation}\n`);
  });

  let document: Promise<string> | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) => {
    document ??= readFile(OPENAPI_FILE, "utf8").catch((error: unknown) => {
      // Too many open files now are not too many for ever.
      document = undefined;
      throw error;
    });
    return reply.type("application/json; charset=utf-8").send(await document);
  });
};

function isSlug(slug: string): slug is Slug {
  return Object.hasOwn(problemTypes, slug);
}
