import { Type, type TSchema } from "typebox";

import { problemTypes, type Slug } from "./problem-types.ts";
import { Problem, PROBLEM_MEDIA_TYPE, toProblem } from "./problems.ts";
import { reference } from "./schemas.ts";

/** A header of an answer. One that is not required depends on the case. */
interface AnswerHeader {
  readonly type: "string" | "integer";
  readonly description: string;
  readonly required: boolean;
}

const always = (type: AnswerHeader["type"], description: string): AnswerHeader => ({ type, description, required: true });
const sometimes = (type: AnswerHeader["type"], description: string): AnswerHeader => ({ type, description, required: false });

export const etag = { ETag: always("string", "the version, for `If-Match` and `If-None-Match`") };
export const location = { Location: always("string", "the path of what was created") };

type Headers = Readonly<Record<string, AnswerHeader>>;

const retryAfter = "seconds after which to try again";
const challenge = { "WWW-Authenticate": always("string", "how to authenticate, after RFC 6750") };

const problemHeaders: Readonly<Record<number, Headers>> = {
  401: challenge,
  403: challenge,
  409: { "Retry-After": sometimes("integer", retryAfter) },
  429: {
    "Retry-After": always("integer", retryAfter),
    "RateLimit-Limit": always("integer", "requests that the client may send in a window of time"),
    "RateLimit-Remaining": always("integer", "requests that are left in this window"),
    "RateLimit-Reset": always("integer", "seconds until the next window"),
  },
  503: { "Retry-After": sometimes("integer", `${retryAfter}; not there when the outcome is unknown`) },
};

/** An answer with a JSON body, for a route's response schema. */
export function json<T extends TSchema>(description: string, schema: T, headers: Headers = {}) {
  return { description, headers, content: { "application/json": { schema } } };
}

/** An answer without a body. */
export function empty(description: string, headers: Headers = {}) {
  return Type.Null({ description, headers });
}

export const notModified = empty("what the client has is still current", etag);

type StatusOf<S extends Slug> = (typeof problemTypes)[S]["status"];

/** The error answers of a route, each with the problems it may be about. */
export function problems<S extends Slug>(...slugs: S[]) {
  const statuses = [...new Set(slugs.map((slug) => problemTypes[slug].status))];
  return Object.fromEntries(statuses.map((status) => {
    const own = slugs.filter((slug) => problemTypes[slug].status === status);
    return [status, problemAnswer(own, problemHeaders[status] ?? {})];
  })) as Record<StatusOf<S>, ReturnType<typeof problemAnswer>>;
}

function problemAnswer(slugs: readonly Slug[], headers: Headers) {
  const examples = Object.fromEntries(slugs.map((slug) => [slug, { value: toProblem(slug, "1-6a1b2c3d-0123456789abcdef01234567") }]));
  const description = slugs.map((slug) => problemTypes[slug].title).join(", or ");
  return { description, headers, content: { [PROBLEM_MEDIA_TYPE]: { schema: reference(Problem), examples } } };
}

/** The answer to a patch of a media type that is not one of a patch. */
export function acceptPatch() {
  return { 415: problemAnswer(["unsupported-media-type"], { "Accept-Patch": always("string", "the media types of a patch") }) };
}

/** What every route behind an API key may answer. */
const client = ["validation-failed", "malformed-request", "unauthorized", "forbidden"] as const;
const server = ["internal", "database-unavailable", "timeout", "overloaded", "starting"] as const;
export const onRead = [...client, ...server] as const;
export const onPage = [...onRead, "rate-limited"] as const;
export const onWrite = [
  ...onRead, "payload-too-large", "unsupported-media-type", "rate-limited", "outcome-unknown",
] as const;
