import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Mutation } from "../support/process.ts";
import type { Relay } from "../support/relay.ts";
import { assertInTime, recoveryOf, Stage, type Task } from "../support/stage.ts";
import { send, type Answer, type Traffic } from "../support/traffic.ts";

/** How long the service tries again; see `RETRY_MILLISECONDS`. */
const RETRY_MILLISECONDS = 3_000;
/** Shorter than usual where a test waits for it; else a busy machine is taken for a silent one. */
const STATEMENT_MILLISECONDS = 1_000;
const quick = { DATABASE_STATEMENT_TIMEOUT_SECONDS: String(STATEMENT_MILLISECONDS / 1_000) };
/** A wait for a connection, and the statement's limit on the client's side. */
const FROZEN_MILLISECONDS = 1_000 + 1.25 * STATEMENT_MILLISECONDS;

const clients = { readers: 6, listers: 2, writers: 2, keyedWriters: 1 };

const withoutRetries: Mutation = {
  file: "database/database.ts", replace: "error instanceof DatabaseUnavailableError && error.mayRetry", by: "false",
};
const withoutClientTimeouts: Mutation[] = [
  { file: "database/pool.ts", replace: "query_timeout: statementTimeoutSeconds * 1_250,", by: "" },
  { file: "database/lane-connection.ts", replace: "this.#waited() >= milliseconds", by: "false" },
];
const sendingWritesAgain: Mutation = {
  file: "users.ts",
  replace: "DO NOTHING RETURNING ${selected}`,\n  columns,\n  repeatable: false",
  by: "DO NOTHING RETURNING ${selected}`,\n  columns,\n  repeatable: true",
};

const laneOf = { "with the lane": "2", "without the lane": "0" };

for (const [way, DATABASE_LANE_CONNECTIONS] of Object.entries(laneOf)) describe(`a database that fails, ${way}:`, () => {
  let stage: Stage;
  /** What a service does that lacks the protection: the test of it would notice. Once is enough. */
  const control = (title: string, test: () => Promise<void>): unknown =>
    DATABASE_LANE_CONNECTIONS === "0" ? undefined : it(title, test);

  before(async () => {
    stage = await Stage.open({ DATABASE_LANE_CONNECTIONS });
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  const read = ({ url }: Task): Promise<Answer> => send(`${url}/v1/users/${stage.users[0]!.id}`);
  const list = ({ url }: Task): Promise<Answer> => send(`${url}/v1/users`);
  const write = ({ url }: Task, email: string): Promise<Answer> =>
    send(`${url}/v1/users`, { method: "POST", payload: { email, name: "Ada" } });

  const trafficDuring = (task: Task, fault: (traffic: Traffic) => Promise<unknown>): Promise<Traffic> =>
    stage.trafficDuring(task, clients, fault);

  /** A service whose way to the database leads through a relay. */
  async function serveThrough(relay: Relay, without: Mutation[] = []): Promise<Task> {
    const task = await stage.serve({ variables: { ...quick, DATABASE_PORT: String(relay.port) }, without });
    await Promise.all(Array.from({ length: 20 }, () => read(task)));
    return task;
  }

  describe("it goes away", () => {
    it("and costs every request an answer in time that says to try again, but not the task its health", async () => {
      const task = await stage.serve();
      const back = stage.environment.postgres.restart(RETRY_MILLISECONDS + 1_000);
      while ((await stage.sessions().catch(() => [])).length > 0) {
        // Still going.
      }
      const answers = await Promise.all([read(task), list(task), write(task, "written-0@example.com")]);
      const health = await Promise.all(["ready", "live"].map((name) => send(`${task.url}/health/${name}`)));
      await back;
      const recovery = await recoveryOf(`${task.url}/v1/users/${stage.users[0]!.id}`);

      for (const { status, problem, headers, milliseconds } of answers) {
        assert.deepEqual([status, problem, headers["retry-after"]], [503, "database-unavailable", "1"]);
        assert.match(headers["content-type"]!, /^application\/problem\+json/);
        assertInTime(milliseconds, RETRY_MILLISECONDS);
      }
      assert.deepEqual(health.map(({ status }) => status), [200, 200]);
      assertInTime(recovery, 1_000);
    });
  });

  describe("it restarts, a second without anybody listening,", () => {
    const restart = () => stage.environment.postgres.restart(1_000);

    it("and no read fails, and each write is done once or said not to be", async () => {
      const traffic = await trafficDuring(await stage.serve(), async (traffic) => {
        await restart();
        await traffic.more(200);
      });

      assert.deepEqual(traffic.kindsOfFailure, []);
      await stage.assertWrites(traffic);
    });

    control("and reads do fail in a service that does not try again", async () => {
      const traffic = await trafficDuring(await stage.serve({ without: [withoutRetries] }), restart);

      assert.ok(traffic.kindsOfFailure.includes("GET /v1/users/{id} 503 database-unavailable"), String(traffic.kindsOfFailure));
      await stage.assertWrites(traffic);
    });
  });

  describe("its connections break, all at once and again and again,", () => {
    const breakOften = async (traffic: Traffic): Promise<void> => {
      for (let i = 0; i < 10; i += 1) {
        await stage.breakSessions();
        await traffic.more(100);
      }
    };

    it("and no read fails or has another's rows, and each write is done once or in doubt", async () => {
      const traffic = await trafficDuring(await stage.serve(), breakOften);

      assert.deepEqual(traffic.kindsOfFailure, []);
      await stage.assertWrites(traffic);
    });

    control("and reads do fail in a service that does not try again", async () => {
      const traffic = await trafficDuring(await stage.serve({ without: [withoutRetries] }), breakOften);

      assert.ok(traffic.kindsOfFailure.includes("GET /v1/users/{id} 503 database-unavailable"), String(traffic.kindsOfFailure));
    });
  });

  describe("the answer to a write is lost", () => {
    const writeWithoutAnswer = async (without: Mutation[] = []): Promise<Answer> => {
      const relay = await stage.relay();
      const task = await serveThrough(relay, without);
      relay.loseNextAnswer();
      return await write(task, "written-0@example.com");
    };

    it("and the client is told that it is not known, without being asked to repeat it blindly", async () => {
      const { status, problem, headers } = await writeWithoutAnswer();
      assert.deepEqual([status, problem, headers["retry-after"]], [503, "outcome-unknown", undefined]);
    });

    control("and a service that sends it again tells the client that its own address is taken", async () => {
      const { status, problem } = await writeWithoutAnswer([sendingWritesAgain]);
      assert.deepEqual([status, problem], [409, "email-taken"]);
    });
  });

  describe("it freezes", () => {
    it("and every answer comes in time, and it recovers without a restart when it thaws", async () => {
      const task = await stage.serve({ variables: quick });
      const { postgres } = stage.environment;
      let recovery = Infinity;
      const traffic = await trafficDuring(task, async () => {
        postgres.freeze();
        await sleep(FROZEN_MILLISECONDS);
        const health = await send(`${task.url}/health/ready`);
        postgres.thaw();
        recovery = await recoveryOf(`${task.url}/v1/users/${stage.users[0]!.id}`);
        assert.equal(health.status, 200);
      });

      assert.ok(traffic.failures.length > 0, "nothing was frozen");
      const bounded = /^GET \S+ 503 (timeout|database-unavailable)$/;
      assert.deepEqual(traffic.kindsOfFailure.filter((kind) => !bounded.test(kind)), []);
      assertInTime(traffic.slowestMilliseconds, FROZEN_MILLISECONDS);
      assertInTime(recovery, 1_000);
      await stage.assertWrites(traffic);
    });

    it("and a write that is in flight is in doubt, not undone", async () => {
      const task = await stage.serve({ variables: quick });
      const session = await stage.environment.connect();
      await session.query("BEGIN; INSERT INTO users (email, name) VALUES ('held@example.com', 'Ada')");
      const answer = write(task, "held@example.com");
      while (!await stage.isWaitingForLock()) {
        // On its way.
      }
      stage.environment.postgres.freeze();
      const { status, problem, milliseconds } = await answer;
      stage.environment.postgres.thaw();
      await session.end();

      assert.deepEqual([status, problem], [503, "outcome-unknown"]);
      assertInTime(milliseconds, FROZEN_MILLISECONDS);
    });

    control("and a service without limits of its own answers nobody", async () => {
      const task = await stage.serve({ variables: quick, without: withoutClientTimeouts });
      await read(task);
      stage.environment.postgres.freeze();
      const answered = await Promise.race([read(task), sleep(1.5 * FROZEN_MILLISECONDS, "waiting")]);

      assert.equal(answered, "waiting");
    });

    it("and a service that is told to stop meanwhile does so, and does not wait for it", async () => {
      const task = await stage.serve({ variables: { ...quick, DRAIN_SECONDS: "0" } });
      await Promise.all(Array.from({ length: 20 }, () => read(task)));
      stage.environment.postgres.freeze();
      const started = performance.now();
      task.program.signal("SIGTERM");

      assert.equal(await task.program.ended, 0);
      assertInTime(performance.now() - started, FROZEN_MILLISECONDS);
    });
  });

  describe("its connections fall silent without an end, as when a host is gone,", () => {
    it("and at most one request per connection waits in vain, for its time", async () => {
      const relay = await stage.relay();
      const task = await serveThrough(relay);
      const open = relay.connections;
      relay.fallSilent();
      const answers: Answer[] = [];
      do {
        answers.push(await read(task));
      } while (answers.at(-1)?.status !== 200);

      assert.ok(answers.length > 1, "nothing fell silent");
      assert.ok(answers.length <= open + 1, `${answers.length} requests for ${open} connections`);
      assert.deepEqual([...new Set(answers.slice(0, -1).map(({ problem }) => problem))], ["timeout"]);
      answers.forEach(({ milliseconds }) => assertInTime(milliseconds, 1.25 * STATEMENT_MILLISECONDS));
    });
  });
});
