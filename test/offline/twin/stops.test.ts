import assert from "node:assert/strict";

import { Stops } from "../../../offline/twin/stops";

describe("what is to be stopped", () => {
  it("is stopped in the opposite order of its start, one after the other", async () => {
    const stops = new Stops();
    const order: string[] = [];
    for (const part of ["database", "tasks", "balancer"]) {
      stops.add(async () => {
        order.push(`${part} stops`);
        await Promise.resolve();
        order.push(`${part} is stopped`);
      });
    }
    await Promise.all([stops.run(), stops.run()]);
    assert.deepEqual(order, ["balancer", "tasks", "database"].flatMap((part) => [`${part} stops`, `${part} is stopped`]));
  });

  it("is stopped also when another one fails, and that is told", async () => {
    const stops = new Stops();
    let stopped = false;
    stops.add(() => void (stopped = true), () => Promise.reject(new Error("busy")));
    await assert.rejects(stops.run(), /not everything could be stopped: Error: busy/);
    assert.ok(stopped);
  });

  it("is stopped also when a start that is under way adds it later, and the start goes no further", async () => {
    const stops = new Stops();
    stops.add(() => Promise.reject(new Error("busy")));
    const first = stops.run();
    let stopped = false;
    assert.throws(() => stops.add(() => void (stopped = true)), /the twin is being stopped/);
    await assert.rejects(first, /busy/);
    await assert.rejects(stops.run(), /busy/);
    assert.ok(stopped);
  });
});
