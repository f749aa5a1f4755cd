import { Type, type Static } from "typebox";

import { problemTypes, type ProblemType, type Slug } from "./problem-types.ts";
import type { FieldError } from "./validation.ts";

/** RFC 9457. */
export const Problem = Type.Object({
  type: Type.String({ description: "a path of this service that explains the problem; stable" }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.String({ description: "names the request, as the service's log does" }),
  errors: Type.Optional(Type.Array(Type.Object({
    pointer: Type.String({ description: "JSON Pointer into the body, the query, the headers or the path's parameters" }),
    code: Type.String(),
    message: Type.String(),
  }))),
}, { $id: "Problem" });
export type Problem = Static<typeof Problem>;

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** The body of an answer with this problem. */
export function toProblem(slug: Slug, requestId: string, { detail, errors }: Pick<ProblemOptions, "detail" | "errors"> = {}): Problem {
  const { title, status } = problemTypes[slug];
  return {
    type: `/problems/${slug}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    instance: `urn:request:${requestId}`,
    ...(errors === undefined ? {} : { errors }),
  };
}

interface ProblemOptions {
  readonly detail?: string | undefined;
  readonly errors?: FieldError[] | undefined;
  readonly cause?: unknown;
}

/** Thrown where a request cannot be served. `detail` goes to the client, `cause` only to the log. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly slug: Slug;
  readonly detail: string | undefined;
  readonly errors: FieldError[] | undefined;

  constructor(slug: Slug, options: ProblemOptions = {}) {
    // An expected answer: the stack would cost more than the rest of it, and says nothing. A cause has its own.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(options.detail ?? problemTypes[slug].title, { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.slug = slug;
    this.detail = options.detail;
    this.errors = options.errors;
  }

  get type(): ProblemType {
    return problemTypes[this.slug];
  }

  toProblem(requestId: string): Problem {
    return toProblem(this.slug, requestId, this);
  }
}

export function noUser(): ProblemError {
  return new ProblemError("not-found", { detail: "no user has this id" });
}
