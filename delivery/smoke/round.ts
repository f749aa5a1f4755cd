import assert from "node:assert/strict";

import { call, type Answer, type Call } from "./client";

export interface SmokeArgs {
  readonly url: string;
  readonly key: string;
  /** Stores a user and deletes it again, rather than only reading. */
  readonly write: boolean;
  /** What has to run; anything if not given. */
  readonly version?: string;
  readonly commit?: string;
  /** How long a step is tried again, for a deployment that settles; 0 for one try. */
  readonly timeoutSeconds: number;
}

export interface User {
  readonly id: string;
  readonly email: string;
}

/** What the steps learn of each other, and whoever looks from another side. */
export interface Round extends SmokeArgs {
  /** Every answer, oldest first. */
  readonly answers: Answer[];
  readonly email: string;
  /** Set once it is stored. */
  user?: User;
}

/** Waiting does not mend it. */
export class Refused extends Error {}

export async function ask(round: Round, method: string, path: string, options?: Call): Promise<Answer> {
  const answer = await call(round.url, method, path, options);
  round.answers.push(answer);
  return answer;
}

/** The body of an answer that is as it should be, also in that it is the service's own, and to this very request. */
export function expect(answer: Answer, status: number): unknown {
  const { request, headers, body } = answer;
  if (answer.status !== status) {
    const who = headers.server === "awselb/2.0" ? " by the load balancer itself, which has no task that answers" : "";
    const { detail } = body as { detail?: string };
    const why = detail === undefined ? "" : `: ${detail}`;
    const message = `${request} answers ${answer.status}${who}${why}, but ${status} was expected`;
    throw answer.status === 401 || answer.status === 403 ? new Refused(message) : new Error(message);
  }
  assert.equal(headers["x-request-id"], answer.requestId, `${request} answers ${status} without the id of the request`);
  return body;
}
