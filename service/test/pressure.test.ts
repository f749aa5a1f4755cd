import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import Fastify, { type FastifyInstance } from "fastify";

import { Lifecycle } from "../src/lifecycle.ts";
import { createLog } from "../src/log.ts";
import { answerErrors } from "../src/plugins/errors.ts";
import { sheddingLimits, shedLoad } from "../src/plugins/load-shedding.ts";
import { problemTypes } from "../src/problem-types.ts";
import { startEnvironment, type TestEnvironment } from "./support/environment.ts";
import { keys, startService, type RunningService } from "./support/service.ts";

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** Stops this thread, and with it the service, without using the processor. */
const block = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

describe("under pressure", () => {
  let lines: { level: string; msg: string; measure?: string; refused?: number }[];
  const log = createLog("accounts", "info", { write: (line) => void lines.push(JSON.parse(line)) });
  const about = (text: string) => lines.filter(({ msg }) => msg.includes(text));

  beforeEach(() => {
    lines = [];
  });

  describe("of the event loop", () => {
    let environment: TestEnvironment;
    let service: RunningService;
    let agent: Agent;
    let port: number;

    before(async () => {
      environment = await startEnvironment();
      await environment.migrate();
    });
    beforeEach(async () => {
      service = await startService(environment, {}, log);
      await service.app.listen({ port: 0, host: "127.0.0.1" });
      port = (service.app.server.address() as AddressInfo).port;
      agent = new Agent({ keepAlive: true });
    });
    afterEach(async () => {
      agent.destroy();
      await service.stop();
    });
    after(() => environment.stop());

    const ask = async (path: string, key: string | null = keys.writer): Promise<Answer> => {
      const headers = key === null ? {} : { authorization: `Bearer ${key}` };
      const [response] = await once(get({ port, agent, path, headers }), "response") as [IncomingMessage];
      const body = (await response.toArray()).join("");
      return { status: response.statusCode!, retryAfter: response.headers["retry-after"], body };
    };
    /** Asks again until the data route answers so; the health checks must be served all along. */
    const until = async (status: number): Promise<Answer> => {
      for (let last: number | undefined, latest = performance.now() + 20_000; ;) {
        assert.ok(performance.now() < latest, `the data route should come to answer ${status}, but still answers ${last}`);
        const [data, live, ready] = await Promise.all(["/v1/users", "/health/live", "/health/ready"].map((path) => ask(path)));
        assert.deepEqual([live?.status, ready?.status], [200, 200], "a health check was refused");
        if (data!.status === status) {
          return data!;
        }
        last = data!.status;
      }
    };

    it("refuses data requests while the loop is blocked again and again, serves health checks, and recovers", async () => {
      await until(200);
      let blocked = true;
      const blocking = (async () => {
        while (blocked) {
          block(550);
          await setImmediate();
        }
      })();
      const refuse = async () => [await until(503), ...await Promise.all(Array.from({ length: 3 }, () => ask("/v1/users")))];
      const refused = await refuse().finally(() => {
        blocked = false;
      });
      await blocking;

      for (const { status, body, retryAfter } of refused) {
        assert.deepEqual([status, JSON.parse(body).type], [503, "/problems/overloaded"]);
        assert.equal(retryAfter, String(problemTypes.overloaded.retryAfterSeconds));
      }
      await until(200);

      await service.stop();
      const [began, ...others] = about("overloaded, refusing requests");
      assert.deepEqual(others, [], "one line for all refused requests");
      assert.deepEqual([began?.level, began?.measure], ["warn", "eventLoopDelay"]);
      assert.ok(about("no longer overloaded")[0]!.refused! >= 4);
      assert.deepEqual(lines.filter(({ level }) => level === "error"), []);
    });

    it("does not take its own start for an overload", async () => {
      const slow = Fastify();
      answerErrors(slow);
      await shedLoad(slow, new Lifecycle(), log);
      slow.get("/", async () => ({}));
      block(sheddingLimits.sampleMilliseconds + 200);
      await slow.ready();
      const end = performance.now() + sheddingLimits.sampleMilliseconds;
      while (performance.now() < end) {
        assert.equal((await slow.inject("/")).statusCode, 200);
        await setImmediate();
      }
      await slow.close();
    });

    it("serves what waited for one pause, for it can be served at once", async () => {
      await until(200);
      const answers = Array.from({ length: 20 }, () => ask("/v1/users"));
      await setImmediate();
      block(300);
      assert.deepEqual([...new Set((await Promise.all(answers)).map(({ status }) => status))], [200]);
    });

    it("serves 64 clients that keep the loop busy all the time, because none of them waits for long", async () => {
      const begin = performance.eventLoopUtilization();
      const end = performance.now() + 3 * sheddingLimits.sampleMilliseconds;
      const statuses = new Set<number>();
      // Without a key no database is involved, whose share of the processor would leave the loop idle.
      await Promise.all(Array.from({ length: 64 }, async () => {
        while (performance.now() < end) {
          statuses.add((await ask("/v1/users", null)).status);
        }
      }));
      assert.deepEqual([...statuses], [401]);
      assert.ok(performance.eventLoopUtilization(begin).utilization > 0.9, "the loop was not busy, so this shows nothing");
    });
  });

  describe("of the heap", () => {
    let app: FastifyInstance;
    let lifecycle: Lifecycle;
    /** Kept alive by the test, in the heap and not beside it. */
    const kept: number[][] = [];

    const fill = () => {
      kept.push(...Array.from({ length: 100 }, () => new Array<number>(131_072).fill(0.5)));
    };
    const empty = () => {
      kept.length = 0;
      setFlagsFromString("--expose-gc");
      runInNewContext("gc")();
    };
    const until = async (what: string, met: () => boolean | Promise<boolean>): Promise<void> => {
      const latest = performance.now() + 20_000;
      while (!await met()) {
        assert.ok(performance.now() < latest, `still waiting until ${what}`);
        await setImmediate();
      }
    };
    const status = async () => (await app.inject("/v1/data")).statusCode;

    const serve = async (heapPatienceMilliseconds: number): Promise<void> => {
      empty();
      lifecycle = new Lifecycle();
      lifecycle.becomeReady();
      app = Fastify();
      answerErrors(app);
      await app.register(async (api) => {
        await shedLoad(api, lifecycle, log, {
          turnMilliseconds: Infinity,
          sampleMilliseconds: 20,
          heapBytes: process.memoryUsage().heapUsed + 50 * 2 ** 20,
          heapPatienceMilliseconds,
        });
        api.get("/v1/data", async () => ({}));
      });
      app.get("/health/ready", async () => ({}));
    };
    afterEach(async () => {
      empty();
      await app.close();
    });

    it("refuses data requests until there is room again, and stays ready", async () => {
      await serve(60_000);
      assert.equal(await status(), 200);
      fill();
      await until("data is refused", async () => await status() === 503);
      assert.equal((await app.inject("/health/ready")).statusCode, 200);
      empty();
      await until("data is served again", async () => await status() === 200);
      assert.equal(lifecycle.phase, "ready");
    });

    it("gives the task up when the heap stays full though nothing was let in: only a new one helps", async () => {
      await serve(500);
      fill();
      const began = performance.now();
      await until("the task is given up", async () => {
        await status();
        return lifecycle.phase === "draining";
      });
      assert.ok(performance.now() - began >= 500);
      assert.equal(about("the heap stays full, no longer ready").length, 1);
    });
  });
});
