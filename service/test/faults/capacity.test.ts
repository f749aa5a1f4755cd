import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { PAGES_AT_ONCE } from "../../src/plugins/rate-limits.ts";
import type { Mutation } from "../support/process.ts";
import { keys } from "../support/service.ts";
import { assertInTime, Stage, type Task } from "../support/stage.ts";
import { send, type Answer } from "../support/traffic.ts";

/** How long a request may wait for a connection; see `CONNECT_TIMEOUT_MILLISECONDS`. */
const CONNECT_MILLISECONDS = 1_000;
/** How long a statement of the lane waits for a lock before it is left to the pool. */
const LANE_LOCK_MILLISECONDS = 100;

const waitingForEver: Mutation = {
  file: "database/pool.ts", replace: "connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS", by: "connectionTimeoutMillis: 0",
};
const asMostServicesDo: Mutation[] = [
  { file: "users.ts", replace: "ON CONFLICT (lower(email)) DO NOTHING RETURNING", by: "RETURNING" },
  { file: "database/pool.ts", replace: "client.release(costsConnection(error))", by: "client.release(true)" },
];

const laneOf = { "with the lane": "2", "without the lane": "0" };

for (const [way, DATABASE_LANE_CONNECTIONS] of Object.entries(laneOf)) describe(`the connections of a task, ${way},`, () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open({ DATABASE_LANE_CONNECTIONS, DATABASE_STATEMENT_TIMEOUT_SECONDS: "4" });
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  const all = (count: number, request: () => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: count }, request));

  /** What lists, reads and the health check are answered while nobody gets at the users for two seconds. */
  async function answersWhileLocked({ url }: Task): Promise<{ health: Answer; first: Answer[]; last: Answer[] }> {
    const session = await stage.environment.connect();
    await session.query("BEGIN; LOCK TABLE users");
    // Of two clients, since each is made only some pages at the same time.
    const first = Promise.all([keys.writer, keys.reader].map((key) => all(PAGES_AT_ONCE, () => send(`${url}/v1/users`, { key }))));
    const last = all(40, () => send(`${url}/v1/users/${stage.users[0]!.id}`));
    const health = await send(`${url}/health/ready`);
    await sleep(2 * CONNECT_MILLISECONDS);
    await session.end();
    return { health, last: await last, first: (await first).flat() };
  }

  const refused = (answers: Answer[]): Answer[] => answers.filter(({ problem }) => problem === "database-unavailable");

  it("may all be busy: who finds none is told so within its time, and the task is healthy", async () => {
    const task = await stage.serve();
    const { health, first, last } = await answersWhileLocked(task);

    assert.equal(health.status, 200);
    assert.ok(refused(first).length >= 4 && refused(last).length >= 30, `${refused(first).length}, ${refused(last).length}`);
    for (const { status, headers, milliseconds } of refused([...first, ...last])) {
      assert.deepEqual([status, headers["retry-after"]], [503, "1"]);
      assertInTime(milliseconds, LANE_LOCK_MILLISECONDS + CONNECT_MILLISECONDS);
    }
    assert.equal((await send(`${task.url}/v1/users/${stage.users[0]!.id}`)).status, 200);
  });

  it("would be waited for by all in a service without that limit", async () => {
    const { first, last } = await answersWhileLocked(await stage.serve({ without: [waitingForEver] }));
    assert.deepEqual([...new Set([...first, ...last].map(({ status }) => status))], [200]);
  });

  /** Connections that taken email addresses cost. */
  async function connectionsForConflicts(without: Mutation[]): Promise<number> {
    const relay = await stage.relay();
    const { url } = await stage.serve({ variables: { DATABASE_PORT: String(relay.port) }, without });
    while (relay.connections < 4 + Number(DATABASE_LANE_CONNECTIONS)) {
      await Promise.all([all(8, () => send(`${url}/v1/users`)), all(8, () => send(`${url}/v1/users/${stage.users[0]!.id}`))]);
    }
    const before = relay.accepted;
    const payload = { email: stage.users[0]!.email, name: "Ada" };
    for (let i = 0; i < 20; i += 1) {
      const answers = await all(10, () => send(`${url}/v1/users`, { method: "POST", payload }));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [409]);
    }
    return relay.accepted - before;
  }

  it("survive a storm of taken email addresses, every one of them", async () => {
    assert.equal(await connectionsForConflicts([]), 0);
  });

  if (DATABASE_LANE_CONNECTIONS === "0") {
    it("would not if such an address were an error, and an error the end of a connection", async () => {
      const connections = await connectionsForConflicts(asMostServicesDo);
      assert.ok(connections >= 100, `${connections} connections for 200 requests`);
    });
  }
});
