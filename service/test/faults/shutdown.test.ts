import assert from "node:assert/strict";

import { startLoadBalancer, type LoadBalancer } from "../../../offline/stand-ins/load-balancer.ts";
import { Stage, type Task } from "../support/stage.ts";
import { Traffic } from "../support/traffic.ts";

const clients = { readers: 3, listers: 1, writers: 1 };

/** Twice the interval until the balancer has noticed; the drain leaves room for a busy machine. */
const healthCheck = {
  path: "/health/ready", matcher: "200", intervalSeconds: 0.2, timeoutSeconds: 2, healthyThreshold: 2, unhealthyThreshold: 2,
};
const STOP_TIMEOUT_SECONDS = 30;
const STOP_RESERVE_SECONDS = 5;

/** As ECS stops a task: the balancer lets go of it first. */
async function inEcsOrder(balancer: LoadBalancer, { program }: Task): Promise<void> {
  await balancer.deregister("first");
  program.signal("SIGTERM");
  await program.ended;
}

/** As Spot takes a task back: nobody tells the balancer before the task is gone. */
async function inSpotOrder(balancer: LoadBalancer, { program }: Task): Promise<void> {
  program.signal("SIGTERM");
  await program.ended;
  await balancer.deregister("first");
}

describe("one of two tasks behind a load balancer that is stopped under load", () => {
  let stage: Stage;
  let balancer: LoadBalancer;

  before(async () => {
    stage = await Stage.open({ DRAIN_SECONDS: "2", STOP_TIMEOUT_SECONDS: String(STOP_TIMEOUT_SECONDS) });
  });
  beforeEach(async () => {
    balancer = await startLoadBalancer({
      idleTimeoutSeconds: 60, targetGroup: { deregistrationDelaySeconds: 5, healthCheck },
    });
  });
  afterEach(async () => {
    await balancer.stop();
    await stage.clear();
  });
  after(() => stage.close());

  interface Stopped {
    readonly traffic: Traffic;
    readonly exitCode: number | null;
    readonly seconds: number;
    readonly tasks: readonly Task[];
  }

  async function stopUnderLoad(stop: typeof inEcsOrder, variables: Record<string, string> = {}): Promise<Stopped> {
    const tasks = await Promise.all([stage.serve({ variables }), stage.serve({ variables })]);
    const [first, second] = tasks;
    await Promise.all([balancer.register({ id: "first", port: first.port }), balancer.register({ id: "second", port: second.port })]);
    const traffic = new Traffic(balancer.url, stage.users, clients);
    await traffic.more(20);
    const started = performance.now();
    await stop(balancer, first);
    const seconds = (performance.now() - started) / 1_000;
    await traffic.more(20);
    return { traffic: await traffic.stop(), exitCode: await first.program.ended, seconds, tasks };
  }

  async function assertNothingLost({ traffic, exitCode, seconds, tasks }: Stopped): Promise<void> {
    assert.deepEqual(traffic.kindsOfFailure, []);
    assert.deepEqual([...traffic.inDoubt, ...traffic.refused], [], "a write was not done");
    await stage.assertWrites(traffic);
    assert.equal(exitCode, 0);
    assert.ok(seconds < STOP_TIMEOUT_SECONDS - STOP_RESERVE_SECONDS, `${seconds} s`);
    tasks.forEach(({ program }) => program.signal("SIGTERM"));
    await Promise.all(tasks.map(({ program }) => program.ended));
    assert.deepEqual(await stage.sessions(), []);
  }

  for (const stop of [inEcsOrder, inSpotOrder]) {
    it(`${stop.name}, loses no request and leaves no session`, async () => {
      await assertNothingLost(await stopUnderLoad(stop));
    });
  }

  describe("when a request takes 300 ms, so that reads and writes are in flight,", () => {
    before(() => stage.environment.query(`ALTER TABLE users ENABLE ROW LEVEL SECURITY;
      CREATE POLICY slow ON users USING ((SELECT true FROM pg_sleep(0.3))) WITH CHECK (true)`));
    after(() => stage.environment.query("DROP POLICY slow ON users; ALTER TABLE users DISABLE ROW LEVEL SECURITY"));

    for (const stop of [inEcsOrder, inSpotOrder]) {
      it(`${stop.name}, loses no request and leaves no session`, async () => {
        await assertNothingLost(await stopUnderLoad(stop));
      });
    }
  });

  it("inSpotOrder, does lose requests when it does not wait for the balancer to notice", async () => {
    const { traffic, exitCode } = await stopUnderLoad(inSpotOrder, { DRAIN_SECONDS: "0" });

    assert.ok(traffic.kindsOfFailure.includes("GET /v1/users/{id} 502"), String(traffic.kindsOfFailure));
    assert.equal(exitCode, 0);
  });
});
