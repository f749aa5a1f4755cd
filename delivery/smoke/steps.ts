import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { ask, expect, type Round, type User } from "./round";

/** So many connections, that each of the tasks behind a load balancer answers some. */
const connections = 6;

/** The five steps of the data flow, as README.md names them: what a client sees of each. */
export const steps: readonly (readonly [title: string, look: (round: Round) => Promise<string>])[] = [
  ["1 a client sends a request to the load balancer", reachBalancer],
  ["2 the load balancer passes it to a healthy task", reachTask],
  ["3 the task works with PostgreSQL", reachDatabase],
  ["4 the task has its login from Secrets Manager, its settings from Parameter Store", refuseStrangers],
  ["5 the answer goes back through the load balancer, from every task", answerAlways],
];

async function reachBalancer(round: Round): Promise<string> {
  const { transport, status } = await ask(round, "GET", "/health/live");
  return `${round.url} answers ${status}; ${transport}`;
}

async function reachTask(round: Round): Promise<string> {
  expect(await ask(round, "GET", "/health/ready"), 200);
  const answers = await severalTimes(() => ask(round, "GET", "/version"));
  const versions = new Set(answers.map((answer) => {
    const { version, commit } = expect(answer, 200) as { version: string; commit: string | null };
    return `${version}, commit ${commit ?? "unknown"}`;
  }));
  assert.equal(versions.size, 1, `tasks of several versions answer: ${[...versions].join(" and ")}`);
  const { version, commit } = answers[0]?.body as { version: string; commit: string | null };
  assert.equal(version, round.version ?? version, `version ${version} runs, but ${round.version} should`);
  assert.equal(commit, round.commit ?? commit, `commit ${commit ?? "unknown"} runs, but ${round.commit} should`);
  return `ready; version ${[...versions].join()}`;
}

async function reachDatabase(round: Round): Promise<string> {
  const { key, write, email } = round;
  if (!write) {
    const { items } = expect(await ask(round, "GET", "/v1/users?limit=1", { key }), 200) as { items: unknown[] };
    return `GET /v1/users answers with ${items.length} of its users`;
  }
  // The key makes one user of all tries, also of one whose answer was lost.
  const body = { email, name: "Smoke Test" };
  const headers = { "idempotency-key": email };
  round.user = expect(await ask(round, "POST", "/v1/users", { key, body, headers }), 201) as User;
  return `stored user ${round.user.id}`;
}

async function refuseStrangers(round: Round): Promise<string> {
  const madeUp = randomUUID();
  for (const key of [undefined, madeUp]) {
    const answer = await ask(round, "GET", "/v1/users?limit=1", { key });
    assert.equal(answer.status, 401,
      `${answer.request} answers ${answer.status} ${key === undefined ? "without a key" : "to a made-up key"}, but must refuse it`);
    assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer /, "a 401 without WWW-Authenticate: Bearer is not the service's");
  }
  expect(await ask(round, "GET", "/v1/users?limit=1", { key: round.key }), 200);
  return "knows the key, and answers 401 to none and to a made-up one";
}

async function answerAlways(round: Round): Promise<string> {
  const { key, user } = round;
  const path = user === undefined ? "/v1/users?limit=1" : `/v1/users/${user.id}`;
  const answers = await severalTimes(() => ask(round, "GET", path, { key }));
  for (const answer of answers) {
    const body = expect(answer, 200);
    if (user !== undefined) {
      assert.deepEqual(body, user, `${answer.request} answers with another user than the one that was stored`);
    }
  }
  return `${connections} connections, ${connections} answers of 200, each with the id of its request`;
}

/** Deletes what step 3 stored. */
export async function cleanUp(round: Round): Promise<string> {
  const { key, email } = round;
  const list = `/v1/users?email=${encodeURIComponent(email)}`;
  // By its address: the answer that told its id may have been lost.
  const { items } = expect(await ask(round, "GET", list, { key }), 200) as { items: User[] };
  for (const { id } of items) {
    expect(await ask(round, "DELETE", `/v1/users/${id}`, { key }), 204);
    expect(await ask(round, "GET", `/v1/users/${id}`, { key }), 404);
  }
  return `deleted ${items.map(({ id }) => `user ${id}`).join() || "nothing: nothing was stored"}`;
}

function severalTimes<T>(work: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: connections }, work));
}
