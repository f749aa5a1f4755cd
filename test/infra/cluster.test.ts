import * as assert from "node:assert/strict";

import { only, planOf } from "../plans";

describe("Cluster", () => {
  for (const [stack, value] of [["dev", "disabled"], ["prod", "enhanced"]] as const) {
    it(`has container insights ${value} in ${stack}`, async () => {
      assert.deepEqual(only(await planOf(stack), "aws:ecs/cluster:Cluster").inputs, {
        settings: [{ name: "containerInsights", value }],
      });
    });
  }
});
