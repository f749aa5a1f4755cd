import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { Mutation } from "../support/process.ts";
import type { Relay } from "../support/relay.ts";
import { Stage, type Task } from "../support/stage.ts";
import { send, Traffic, type Answer } from "../support/traffic.ts";

const readers = { readers: 8 };

const shortLives: Mutation = { file: "database/pool.ts", replace: "LIFETIME_SECONDS = 1_800", by: "LIFETIME_SECONDS = 1" };
const cuttingExpired: Mutation = {
  file: "database/lane-connection.ts", replace: "await this.#client.end();", by: "this.#client.connection.stream.destroy();",
};
const withoutRetries: Mutation = {
  file: "database/database.ts", replace: "error instanceof DatabaseUnavailableError && error.mayRetry", by: "false",
};
const withoutTheWayToThePool: Mutation = {
  file: "database/lane.ts", replace: "new Set([\"55P03\", \"57014\", \"26000\", \"42P05\"])", by: "new Set()",
};
const answeringTheOneBefore: Mutation = {
  file: "database/query.ts",
  replace: "this.callback(undefined, this.#rows);",
  by: "const before = globalThis.before ?? this.#rows; globalThis.before = this.#rows; this.callback(undefined, before);",
};
const withoutReadingFirst: Mutation = {
  file: "database/lane.ts", replace: "setImmediate(() => this.#closeSilent(silence));", by: "this.#closeSilent(silence);",
};

const givingUpAsThePoolDoes: Mutation = {
  file: "database/lane.ts", replace: "OPEN_TIMEOUT_MILLISECONDS = 5_000", by: "OPEN_TIMEOUT_MILLISECONDS = 1_000",
};

describe("the lane under faults", () => {
  let stage: Stage;
  let relay: Relay;

  before(async () => {
    stage = await Stage.open({ DATABASE_STATEMENT_TIMEOUT_SECONDS: "1" });
  });
  beforeEach(async () => {
    relay = await stage.relay(undefined, 3);
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  const read = ({ url }: Task): Promise<Answer> => send(`${url}/v1/users/${stage.users[0]!.id}`);

  /** A service whose statements take some milliseconds, as over a real network, so that many are in flight. */
  const serve = (...without: Mutation[]): Promise<Task> =>
    stage.serve({ variables: { DATABASE_PORT: String(relay.port) }, without });

  describe("a connection whose life is over", () => {
    const reading = async (...without: Mutation[]): Promise<Traffic> =>
      await stage.trafficDuring(await serve(shortLives, ...without), readers, () => sleep(2_500));

    it("is replaced under load, and loses no answer", async () => {
      const before = relay.accepted;
      const traffic = await reading(withoutRetries);

      assert.deepEqual(traffic.kindsOfFailure, []);
      assert.ok(relay.accepted - before >= 2 * 2, `${relay.accepted - before} connections`);
    });

    it("does lose answers when it is cut rather than closed", async () => {
      const traffic = await reading(withoutRetries, cuttingExpired);
      assert.deepEqual(traffic.kindsOfFailure, ["GET /v1/users/{id} 503 database-unavailable"]);
    });
  });

  describe("a statement that the server stops there", () => {
    /** Every statement on users takes longer than the lane allows, and less than the pool does. */
    const slowly = async (request: () => Promise<Answer>): Promise<Answer> => {
      await stage.environment.query(`ALTER TABLE users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY slow ON users USING ((SELECT true FROM pg_sleep(0.4)))`);
      try {
        return await request();
      } finally {
        await stage.environment.query("DROP POLICY slow ON users; ALTER TABLE users DISABLE ROW LEVEL SECURITY");
      }
    };
    const readSlowly = async (...without: Mutation[]): Promise<Answer> => {
      const task = await serve(...without);
      await Promise.all(Array.from({ length: 20 }, () => read(task)));
      return await slowly(() => read(task));
    };

    it("is done by the pool", async () => {
      const { status, body } = await readSlowly();
      assert.deepEqual([status, body["id"]], [200, stage.users[0]!.id]);
    });

    it("is a timeout without the pool", async () => {
      const { status, problem } = await readSlowly(withoutTheWayToThePool);
      assert.deepEqual([status, problem], [503, "timeout"]);
    });
  });

  describe("a task that stands still for longer than a statement may take", () => {
    const standingStill = async (...without: Mutation[]): Promise<Traffic> => {
      const task = await serve(...without);
      return await stage.trafficDuring(task, readers, async (traffic) => {
        for (let i = 0; i < 3; i += 1) {
          task.program.signal("SIGSTOP");
          await sleep(700);
          task.program.signal("SIGCONT");
          await traffic.more(200);
        }
      });
    };

    it("does not take its own pause for the silence of the database", async () => {
      // It may shed requests until it has caught up, which has nothing to do with the database.
      const failures = (await standingStill()).kindsOfFailure.filter((kind) => !kind.endsWith(" overloaded"));
      assert.deepEqual(failures, []);
    });

    it("does so when it looks at the clock before it reads what has arrived", async () => {
      const { kindsOfFailure } = await standingStill(withoutReadingFirst);
      assert.ok(kindsOfFailure.includes("GET /v1/users/{id} 503 timeout"), String(kindsOfFailure));
    });
  });

  describe("a database that takes longer to connect to than a request may wait", () => {
    /** The status of a read after all connections were lost, and five seconds to open others. */
    const readLater = async (...without: Mutation[]): Promise<Answer> => {
      const far = await stage.relay();
      const task = await stage.serve({
        variables: { DATABASE_PORT: String(far.port), DATABASE_STATEMENT_TIMEOUT_SECONDS: "4" }, without,
      });
      far.delayMilliseconds = 150;
      await stage.breakSessions();
      const giveUpAt = performance.now() + 5_000;
      let answer: Answer;
      do {
        answer = await read(task);
      } while (answer.status !== 200 && performance.now() < giveUpAt);
      return answer;
    };

    it("is connected to by the lane, for which nobody waits", async () => {
      assert.equal((await readLater()).status, 200);
    });

    it("is never reached by a service that begins anew each time", async () => {
      const { status, problem } = await readLater(givingUpAsThePoolDoes);
      assert.deepEqual([status, problem], [503, "database-unavailable"]);
    });
  });

  it("mixes up no answers, which a service that does would be seen to do", async () => {
    const traffic = new Traffic((await serve(answeringTheOneBefore)).url, stage.users, readers);
    await sleep(500);
    await traffic.stop();

    assert.ok(traffic.failures.some((failure) => failure.includes("has the wrong content")));
  });
});
