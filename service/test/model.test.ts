import assert from "node:assert/strict";

import { Target } from "./fuzz/target.ts";
import { testByModel } from "./model/model.ts";
import { buildMutated, buildService, type Build } from "./support/process.ts";

const SEED = 20_261_123;

describe("four clients at a time", function () {
  this.timeout(120_000);

  let build: Build;
  let target: Target;

  afterEach(async () => {
    assert.equal(await target.stop(), 0);
    build.remove();
  });

  for (const [lane, connections] of [["with the lane", "2"], ["without the lane", "0"]] as const) {
    it(`lose no update, read what was acknowledged, and list everybody once, ${lane}`, async () => {
      build = await buildService();
      target = await Target.start(build, { DATABASE_LANE_CONNECTIONS: connections });
      const requests = await testByModel(target, { seed: SEED, runs: 20, shrinks: true });

      assert.ok(requests > 1_000, `only ${requests} requests were sent`);
      assert.deepEqual(target.faults, []);
    });
  }

  it("are seen to lose an update when the service does not look at the version: the model can fail", async () => {
    build = await buildMutated({ file: "users.ts", replace: "AND version = $2 AND", by: "AND $2::integer > 0 AND" });
    target = await Target.start(build);

    await assert.rejects(testByModel(target, { seed: SEED, runs: 20, shrinks: false }), /is lost/);
  });
});
