import assert from "node:assert/strict";
import { connect } from "node:net";

import { PAGES_AT_ONCE } from "../../src/plugins/rate-limits.ts";
import type { Mutation } from "../support/process.ts";
import { keys } from "../support/service.ts";
import { Stage, type Task } from "../support/stage.ts";
import { send, type Answer } from "../support/traffic.ts";

const CONNECTIONS = 2;
const LISTS = 300;

const allAtOnce: Mutation = {
  file: "plugins/rate-limits.ts", replace: `PAGES_AT_ONCE = ${PAGES_AT_ONCE};`, by: "PAGES_AT_ONCE = 10_000;",
};

describe(`a client that asks for ${CONNECTIONS * LISTS} of the largest pages at once`, () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
    await stage.environment.query(`
      INSERT INTO users (email, name, attributes)
      SELECT 'user-large-' || i || '@example.com', 'Ada', jsonb_build_object('a', repeat('x', 8000)) FROM generate_series(1, 100) i`);
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  /** What it is answered, and what others are who ask meanwhile. */
  async function answersOf({ url, port }: Task): Promise<{ greedy: string[]; health: Answer; other: Answer }> {
    const list = `GET /v1/users?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${keys.writer}\r\n`;
    const pipelined = `${`${list}\r\n`.repeat(LISTS - 1)}${list}Connection: close\r\n\r\n`;
    const greedy = Array.from({ length: CONNECTIONS }, () => statusesOf(port, pipelined));
    const health = await send(`${url}/health/ready`);
    const other = await send(`${url}/v1/users`, { key: keys.reader });
    return { greedy: (await Promise.all(greedy)).flat(), health, other };
  }

  it("is told to wait for those it has asked for, and another client gets its page", async () => {
    const { greedy, health, other } = await answersOf(await stage.serve());
    assert.deepEqual([health.status, other.status], [200, 200]);
    assert.equal(greedy.length, CONNECTIONS * LISTS);
    assert.deepEqual([...new Set(greedy)].sort(), ["200", "429"]);
  });

  it("would have every connection to the database, and a queue for them, if its pages were made at once", async () => {
    const { greedy } = await answersOf(await stage.serve({ without: [allAtOnce] }));
    assert.ok(greedy.includes("503"), `it was answered ${[...new Set(greedy)].join(", ")}`);
  });
});

/** Sends requests without waiting for an answer, the last of which ends the connection. */
async function statusesOf(port: number, requests: string): Promise<string[]> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  socket.write(requests);
  const statuses: string[] = [];
  let rest = "";
  for await (const part of socket) {
    const text = `${rest}${part}`;
    statuses.push(...Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => status!));
    // Shorter than what is looked for, so that nothing counts twice.
    rest = text.slice(1 - "HTTP/1.1 200".length);
  }
  return statuses;
}
