export interface ProblemType {
  readonly status: number;
  readonly title: string;
  /** What somebody reads who opens the problem's type in a browser. */
  readonly explanation: string;
  readonly retryAfterSeconds?: number;
}

/** Every error this API answers with. A slug is part of the API: clients compare it, so it never changes. */
export const problemTypes = {
  "validation-failed": {
    status: 400,
    title: "The request is not valid",
    explanation: "A part of the request has the wrong form. `errors` names each part by a JSON Pointer.",
  },
  "malformed-request": {
    status: 400,
    title: "The request cannot be read",
    explanation: "The request is not valid HTTP, its path cannot be decoded, or its body is not valid JSON in UTF-8.",
  },
  "unauthorized": {
    status: 401,
    title: "An API key is required",
    explanation: "Send `Authorization: Bearer <API key>`. The key was missing, or no client has it.",
  },
  "forbidden": {
    status: 403,
    title: "The API key does not allow this",
    explanation: "The key is known, but its scopes do not cover the method. GET and HEAD need `read`, all others `write`.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing here",
    explanation: "No route has this path, or what the path names does not exist.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The method is not allowed here",
    explanation: "The path exists, but not for this method. The `Allow` header lists the methods it has.",
  },
  "request-timeout": {
    status: 408,
    title: "The request took too long to arrive",
    explanation: "The whole request did not arrive within the time the service waits for one.",
  },
  "email-taken": {
    status: 409,
    title: "The email address is taken",
    explanation: "Another user has this email address. Upper and lower case do not make a difference.",
  },
  "idempotency-in-progress": {
    status: 409,
    title: "The same request is still being worked on",
    explanation: "Another request with this `Idempotency-Key` has no answer yet. Repeat it after the seconds in `Retry-After`.",
    retryAfterSeconds: 1,
  },
  "too-many-documents": {
    status: 409,
    title: "The user has as many documents as a user may have",
    explanation: "A document can be stored under a key that is there already, or once another one is deleted.",
  },
  "conflict": {
    status: 409,
    title: "The request conflicts with what is stored",
    explanation: "Something that was stored at the same moment excludes this request. Read again, then decide.",
  },
  "precondition-failed": {
    status: 412,
    title: "The condition of the request does not hold",
    explanation: "What is stored is not, or no longer, what `If-Match` or `If-None-Match` asks for. Read again, then decide.",
  },
  "payload-too-large": {
    status: 413,
    title: "The request is too large",
    explanation: "The body is larger than the service accepts.",
  },
  "uri-too-long": {
    status: 414,
    title: "The path is too long",
    explanation: "A part of the path is longer than anything the service has an answer for.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The media type is not supported",
    explanation: "Send bodies as `Content-Type: application/json` in UTF-8, for PATCH also as `application/merge-patch+json`.",
  },
  "idempotency-key-reused": {
    status: 422,
    title: "The idempotency key belongs to another request",
    explanation: "This `Idempotency-Key` came with another body before. Choose a new key for each thing that shall happen once.",
  },
  "precondition-required": {
    status: 428,
    title: "A condition is required",
    explanation: "Send the ETag of what you have read as `If-Match`, so that no change by somebody else is lost.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    explanation: "The client has sent more requests than it may. Go on after the seconds in `Retry-After`.",
  },
  "headers-too-large": {
    status: 431,
    title: "The request's headers are too large",
    explanation: "The headers together are larger than the service accepts.",
  },
  "internal": {
    status: 500,
    title: "Something went wrong in the service",
    explanation: "The fault is the service's. Its log names the cause under the request's id, which `instance` holds.",
  },
  "database-unavailable": {
    status: 503,
    title: "The database cannot be reached",
    explanation: "The service could not reach its database in time. Try again after the seconds in `Retry-After`.",
    retryAfterSeconds: 1,
  },
  "timeout": {
    status: 503,
    title: "The request took too long",
    explanation: "The database did not finish in time. It is safe to try again after the seconds in `Retry-After`: either"
      + " nothing was changed, or doing it twice is the same as once.",
    retryAfterSeconds: 1,
  },
  "overloaded": {
    status: 503,
    title: "The service has more to do than it can",
    explanation: "The request was turned away before anything was done for it. Try again after the seconds in `Retry-After`.",
    retryAfterSeconds: 1,
  },
  "starting": {
    status: 503,
    title: "The service is still starting",
    explanation: "The request was turned away before anything was done for it. A load balancer sends none here before the"
      + " service is ready. Try again after the seconds in `Retry-After`.",
    retryAfterSeconds: 1,
  },
  "outcome-unknown": {
    status: 503,
    title: "Whether the change was made is not known",
    explanation: "The connection to the database broke under the request, which may or may not have been carried out."
      + " Read before you repeat it; a request with an `Idempotency-Key` may be repeated as it is.",
  },
} as const satisfies Record<string, ProblemType>;

export type Slug = keyof typeof problemTypes;
