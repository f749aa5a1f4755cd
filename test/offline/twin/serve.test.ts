import assert from "node:assert/strict";
import { mock } from "node:test";

import type { Task } from "../../../offline/stand-ins/ecs-shapes";
import type { TargetHealth } from "../../../offline/stand-ins/target-group";
import { replaceAfterGrace } from "../../../offline/twin/serve";

const taskArn = "arn:aws:ecs:eu-west-1:123456789012:task/accounts/abc";
const now = 1_800_000_000_000;

describe("a task that the load balancer finds unhealthy", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now }));
  afterEach(() => mock.timers.reset());

  /** A task that started ten seconds ago, in a state that may change; what is asked of its service comes back. */
  const scene = () => {
    const replaced: string[] = [];
    const target: TargetHealth = { id: "abc", port: 1, state: "unhealthy" };
    const targets = [target];
    const service = {
      tasks: [{ taskArn, startedAt: now / 1000 - 10 } as Task],
      replace: (arn: string, reason: string) => Promise.resolve(void replaced.push(`${arn}: ${reason}`)),
    };
    return { service, balancer: { targets }, replaced };
  };

  it("is replaced at once when its grace period is over", () => {
    const { service, balancer, replaced } = scene();
    replaceAfterGrace(service, balancer, "abc", 5);
    mock.timers.tick(1);
    assert.deepEqual(replaced, [`${taskArn}: Task failed ELB health checks`]);
  });

  it("is replaced at the end of its grace period, and not earlier", () => {
    const { service, balancer, replaced } = scene();
    replaceAfterGrace(service, balancer, "abc", 90);
    mock.timers.tick(79_999);
    assert.deepEqual(replaced, []);
    mock.timers.tick(1);
    assert.equal(replaced.length, 1);
  });

  it("stays when it has become healthy in the meantime", () => {
    const { service, balancer, replaced } = scene();
    replaceAfterGrace(service, balancer, "abc", 90);
    balancer.targets[0] = { id: "abc", port: 1, state: "healthy" };
    mock.timers.tick(100_000);
    assert.deepEqual(replaced, []);
  });
});
