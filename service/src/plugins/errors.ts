import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import pg from "pg";

import { Burst } from "../burst.ts";
import { DatabaseTimeoutError, DatabaseUnavailableError, OutcomeUnknownError } from "../database/errors.ts";
import { messageOf } from "../log.ts";
import type { Slug } from "../problem-types.ts";
import { PROBLEM_MEDIA_TYPE, ProblemError } from "../problems.ts";
import { fieldError } from "../validation.ts";

/** What Fastify's own errors are to a client. What is not listed and below 500 is a malformed request. */
const frameworkErrors: Readonly<Record<string, Slug>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_MAX_PARAM_LENGTH: "uri-too-long",
};

/** Every error a client sees comes from here, in one form, whichever of Fastify's four exits it takes. */
function problemFor(error: unknown): ProblemError {
  if (error instanceof ProblemError) {
    return error;
  }
  if (error instanceof DatabaseUnavailableError) {
    return new ProblemError("database-unavailable", { cause: error });
  }
  if (error instanceof DatabaseTimeoutError) {
    return new ProblemError("timeout", { cause: error });
  }
  if (error instanceof OutcomeUnknownError) {
    return new ProblemError("outcome-unknown", { cause: error });
  }
  if (error instanceof pg.DatabaseError) {
    return new ProblemError(databaseSlug(error.code ?? ""), { cause: error });
  }
  const { validation, validationContext, code = "", statusCode = 500, message } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    const errors = validation.map((entry) => fieldError(entry as Parameters<typeof fieldError>[0]));
    return new ProblemError("validation-failed", { detail: `the ${where[validationContext ?? "body"]} is not valid`, errors });
  }
  if (statusCode >= 500) {
    return new ProblemError("internal", { cause: error });
  }
  if (code === "FST_ERR_BAD_URL") {
    // Fastify's own message quotes the path, which may be personal, and as long as all headers together.
    return new ProblemError("malformed-request", { detail: "the path cannot be decoded" });
  }
  const slug = frameworkErrors[code] ?? "malformed-request";
  return new ProblemError(slug, { detail: slug === "malformed-request" ? message : undefined });
}

const where: Readonly<Record<string, string>> = {
  body: "body", querystring: "query", params: "path", headers: "set of headers",
};

/** The last net: the statements and checks before them are made so that a client does not get here. */
function databaseSlug(state: string): Slug {
  if (state.startsWith("22")) {
    return "malformed-request";
  }
  return state === "23505" ? "conflict" : "internal";
}

/** What is told in lines of its own, once for all requests that meet it. */
const toldOnce: ReadonlySet<Slug> = new Set(["overloaded", "starting", "database-unavailable"]);

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemFor(error);
  const { status, retryAfterSeconds } = problem.type;
  if (status >= 500 && !toldOnce.has(problem.slug)) {
    request.log.error({ err: problem.cause ?? problem }, problem.message);
  }
  if (retryAfterSeconds !== undefined) {
    reply.header("retry-after", retryAfterSeconds);
  }
  // What is left of the body is read and thrown away, within the request's time.
  request.raw.resume();
  return reply.code(status).type(PROBLEM_MEDIA_TYPE).send(problem.toProblem(request.id));
}

export function answerErrors(app: FastifyInstance): void {
  const outage = new Burst(app.log, "no longer refusing requests for want of the database");
  app.addHook("onClose", async () => outage.end());
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof DatabaseUnavailableError) {
      // A busy pool or a database that is away refuses thousands a second, and each error has two stacks.
      outage.refused(messageOf(error), () => request.log.error({ err: error }, "refusing requests for want of the database"));
    }
    // Fastify would close the connection after a body it refuses, also while the client still sends, and the load
    // balancer would see that rather than the answer. Only then: Node leaves out its own header, which tells how long
    // the connection stays, once one was taken away.
    if (reply.hasHeader("connection")) {
      reply.removeHeader("connection");
    }
    return sendProblem(error, request, reply);
  });
}
