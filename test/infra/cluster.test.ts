import * as assert from "node:assert/strict";

import { all, childrenOf, labels, only, planOf } from "../example/plans";

const clusterType = "aws:ecs/cluster:Cluster";
const logType = "aws:cloudwatch/logGroup:LogGroup";

describe("Cluster", () => {
  for (const [stack, value] of [["dev", "disabled"], ["prod", "enhanced"]] as const) {
    it(`is called like the stack, because a person types it, and has Container Insights ${value} in ${stack}`, async () => {
      assert.deepEqual(only(await planOf(stack), clusterType).inputs, {
        name: `accounts-${stack}`,
        settings: [{ name: "containerInsights", value }],
      });
    });

    it(`offers both kinds of Fargate in ${stack}, and decides for nobody which to take`, async () => {
      assert.deepEqual(only(await planOf(stack), "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders").inputs, {
        clusterName: `accounts-${stack}`,
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      });
    });
  }

  it("makes the log group of Container Insights in prod, because AWS would keep everything for ever, without our key", async () => {
    const plan = await planOf("prod");
    assert.deepEqual(only(plan, logType, "cluster-insights-log").inputs, {
      name: "/aws/ecs/containerinsights/accounts-prod/performance",
      retentionInDays: 365,
      kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
    });
  });

  for (const containerInsights of ["enabled", "enhanced"] as const) {
    it(`makes that group before a cluster with Container Insights ${containerInsights}, which writes to it at once`, async () => {
      const plan = await planOf("dev", { settings: { cluster: { containerInsights } } });
      const { urn } = only(plan, logType, "cluster-insights-log");
      assert.ok(only(plan, clusterType).options.dependencies.includes(urn), `${urn} is not among what the cluster waits for`);
    });
  }

  it("makes no log group in dev, where nothing would write to it", async () => {
    const plan = await planOf("dev");
    const groups = all(plan, logType).filter((group) => childrenOf(plan, "Cluster").includes(group));
    assert.deepEqual(labels(groups), []);
  });
});
