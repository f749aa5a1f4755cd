import assert from "node:assert/strict";
import { once } from "node:events";

import { startLoadBalancer } from "../../../offline/stand-ins/load-balancer.ts";
import { Stage } from "../support/stage.ts";
import { send } from "../support/traffic.ts";

/** One way between balancer and task: so long that the balancer can decide meanwhile, also on a busy machine. */
const DISTANCE_MILLISECONDS = 100;
const CONNECTIONS = 5;
const healthCheck = {
  path: "/health/ready", matcher: "200", intervalSeconds: 60, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 2,
};

describe("idle connections between load balancer and task", () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  /** Statuses of requests that are sent at the moment in which one side closes the connections it finds idle. */
  async function statusesAtClosing(side: "client" | "target", balancerSeconds: number, taskSeconds: number): Promise<unknown[]> {
    const task = await stage.serve({ variables: { KEEP_ALIVE_TIMEOUT_SECONDS: String(taskSeconds) } });
    const relay = await stage.relay(task.port, DISTANCE_MILLISECONDS);
    const balancer = await startLoadBalancer({
      idleTimeoutSeconds: balancerSeconds, targetGroup: { deregistrationDelaySeconds: 0, healthCheck },
    });
    await balancer.register({ id: "task", port: relay.port });
    const requests = async (): Promise<unknown[]> => {
      const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => send(`${balancer.url}/v1/users?limit=1`)));
      return answers.map(({ status }) => status);
    };
    try {
      const statuses = await requests();
      assert.deepEqual(await once(relay, "closing"), [side]);
      statuses.push(...await requests());
      return [...new Set(statuses)];
    } finally {
      await balancer.stop();
    }
  }

  it("are closed by the balancer, which then does not use them", async () => {
    assert.deepEqual(await statusesAtClosing("client", 1, 3), [200]);
  });

  it("would be used by the balancer while the task closes them, if the task were the first to lose patience", async () => {
    assert.deepEqual(await statusesAtClosing("target", 60, 1), [200, 502]);
  });
});
