import { isDeepStrictEqual } from "node:util";

import type { Api, Operation } from "./api.ts";
import type { Case } from "./case.ts";
import { bodyOf, targetOf } from "./draft.ts";
import type { Rows, StoredUser } from "./fixture.ts";
import type { Answer } from "./wire.ts";

/** How HTTP itself refuses a request, before any route is known. */
const transportStatuses = new Set([400, 408, 413, 414, 431]);
/** Who asks for paths that are not there is slowed down after a while. */
const withoutRoute = new Set([...transportStatuses, 404, 405, 415, 429]);

/** What a refusal must not tell: how the service is made, what is in its database, or what was sent. */
const leaks: readonly (readonly [string, RegExp])[] = [
  ["a stack trace", /\n\s+at |node_modules|\.[cm]?[jt]s:\d+/],
  ["SQL", /\b(SELECT|INSERT|UPDATE|DELETE)\b.*\b(FROM|INTO|SET)\b|pg_/],
  ["what PostgreSQL said", /violates|relation "|duplicate key|invalid input syntax|byte sequence|escape sequence|surrogate pair/],
  ["personal data", /@fixture\.example/i],
  ["an API key", /(writer|reader|nobody)-key/],
];

/** Says what is wrong with an answer. */
export class AnswerFault extends Error {
  override readonly name = "AnswerFault";
}

function require(holds: boolean, message: () => string): asserts holds {
  if (!holds) {
    throw new AnswerFault(message());
  }
}

/** Holds answers against the document, and remembers which of its answers were seen. */
export class Oracle {
  /** How often each operation answered with each status. */
  readonly seen = new Map<string, number>();
  readonly problemTypes = new Set<string>();

  constructor(private readonly api: Api) {}

  check({ kind, draft, wire }: Case, answer: Answer): void {
    const target = targetOf(draft);
    const operation = this.api.find(draft.method, target);
    const { status } = answer;
    const seenAs = `${operation?.name ?? "other"} ${status}`;
    this.seen.set(seenAs, (this.seen.get(seenAs) ?? 0) + 1);

    // The document has them, for a service in trouble: this one has none.
    require(status < 500, () => `${seenAs}: ${answer.body.toString()}`);
    const documented = operation?.responses[status];
    const allowed = documented !== undefined
      || (operation === undefined && withoutRoute.has(status))
      || (kind === "hostile" && transportStatuses.has(status));
    require(allowed, () => `${seenAs} is not documented: ${answer.body.toString()}`);
    if (wire.methods[wire.main] !== "HEAD") {
      this.#checkBody(seenAs, operation, answer);
    }
    if (documented !== undefined && answer.headers.has("x-request-id")) {
      for (const [name, { required }] of Object.entries(documented.headers ?? {})) {
        require(required !== true || answer.headers.has(name.toLowerCase()), () => `${seenAs} lacks the header ${name}`);
      }
    }
  }

  /** An answer to a request that is not the one in question. */
  checkRefusal({ status, headers, body }: Answer): void {
    require(status >= 400 && status < 500, () => `unexpected answer ${status}: ${body.toString()}`);
    this.#checkProblem(`a refusal with ${status}`, { status, headers, body });
  }

  #checkBody(name: string, operation: Operation | undefined, answer: Answer): void {
    const content = operation?.responses[answer.status]?.content;
    if (answer.status >= 400 && (content === undefined || "application/problem+json" in content)) {
      this.#checkProblem(name, answer);
    } else if (content !== undefined) {
      const mediaType = answer.headers.get("content-type")?.split(";")[0] ?? "none";
      const schema = content[mediaType]?.schema;
      require(schema !== undefined, () => `${name} has the media type ${mediaType}`);
      const fault = this.api.faultIn(schema, mediaType.includes("json") ? parse(answer) : answer.body.toString());
      require(fault === undefined, () => `${name}: ${fault} in ${answer.body.toString()}`);
    } else {
      require(answer.body.length === 0, () => `${name} has a body: ${answer.body.toString()}`);
    }
  }

  #checkProblem(name: string, answer: Answer): void {
    const mediaType = answer.headers.get("content-type");
    require(mediaType?.startsWith("application/problem+json") === true,
      () => `${name} is no problem but ${mediaType ?? "without a media type"}: ${JSON.stringify(answer.body.toString())}`);
    const problem = parse(answer) as { type: string; status: number };
    const fault = this.api.faultInProblem(problem);
    require(fault === undefined, () => `${name}: ${fault} in ${answer.body.toString()}`);
    require(problem.status === answer.status, () => `${name} says ${problem.status} in its body`);
    this.problemTypes.add(problem.type);
    for (const [what, pattern] of leaks) {
      require(!pattern.test(answer.body.toString()), () => `${name} shows ${what}: ${answer.body.toString()}`);
    }
  }
}

function parse({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new AnswerFault(`not JSON: ${JSON.stringify(body.toString())}`);
  }
}

/** Changes the rows as the answer says the service did. An answer that refuses says that it did nothing. */
export function follow(rows: Rows, api: Api, { draft }: Case, answer: Answer): void {
  const operation = api.find(draft.method, targetOf(draft));
  if (operation === undefined || answer.status >= 300 || draft.method === "HEAD") {
    return;
  }
  const { id = "", key = "" } = pathValues(operation, targetOf(draft));
  switch (operation.name) {
    case "POST /v1/users":
    case "PATCH /v1/users/{id}": {
      const { id: own, email, name, attributes, version } = parse(answer) as StoredUser;
      const user = { id: own, email, name, attributes, version };
      checkStored(draft.method, user, sentBy(draft));
      rows.put(user);
      break;
    }
    case "DELETE /v1/users/{id}":
      rows.removeUser(id);
      break;
    case "PUT /v1/users/{id}/data/{key}":
      rows.put({ userId: id, key, value: sentBy(draft), version: (parse(answer) as { version: number }).version });
      break;
    case "DELETE /v1/users/{id}/data/{key}":
      rows.removeDocument(id, key);
      break;
    case "GET /v1/users/{id}/data/{key}": {
      const { value } = rows.documents.get(`${id}/${key}`) ?? {};
      require(isDeepStrictEqual(parse(answer), value), () => `stored was ${JSON.stringify(value)}, read ${answer.body.toString()}`);
      break;
    }
  }
}

function sentBy(draft: Case["draft"]): unknown {
  const json = bodyOf(draft)?.toString() ?? "null";
  // The service passes over a byte order mark, as RFC 8259 allows, and PostgreSQL has no negative zero.
  return JSON.parse(json.replace(/^\ufeff/, ""), (_name, value: unknown) => value === 0 ? 0 : value);
}

function checkStored(method: string, stored: StoredUser, sent: unknown): void {
  for (const [name, value] of Object.entries(sent as object)) {
    // A patch merges attributes, so they are not what was sent.
    const exact = method === "POST" || name !== "attributes";
    require(!exact || isDeepStrictEqual(stored[name as keyof StoredUser], value),
      () => `sent ${name} ${JSON.stringify(value)}, stored ${JSON.stringify(stored[name as keyof StoredUser])}`);
  }
}

function pathValues({ path }: Operation, target: string): Record<string, string> {
  const pattern = new RegExp(`${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/?#]*)")}(?:[?#]|$)`);
  const groups = pattern.exec(target)?.groups ?? {};
  return Object.fromEntries(Object.entries(groups)
    .map(([name, value]) => [name, name === "id" ? decodeURIComponent(value).toLowerCase() : decodeURIComponent(value)]));
}
