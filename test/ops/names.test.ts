import { strict as assert } from "node:assert";

import { namesOf } from "../../ops/names";
import { planOf } from "../plans";

describe("the names that operators' commands know", () => {
  for (const stack of ["dev", "prod"]) {
    it(`are those of ${stack}`, async () => {
      const plan = await planOf(stack);
      const all = (type: string, key: string): unknown[] =>
        plan.expanded.filter((resource) => resource.type === type).map(({ inputs }) => inputs[key]);
      const names = namesOf(stack);

      assert.deepEqual(all("aws:ecs/cluster:Cluster", "name"), [names.cluster]);
      assert.deepEqual(all("aws:ecs/taskDefinition:TaskDefinition", "family").toSorted(),
        [names.migrationFamily, names.serviceFamily]);
      const groups = all("aws:cloudwatch/logGroup:LogGroup", "name");
      Object.values(names.logGroups).forEach((group) => assert.ok(groups.includes(group), group));
      assert.ok(all("aws:ssm/parameter:Parameter", "name").includes(names.migrationParameter));
      assert.deepEqual(all("aws:rds/instance:Instance", "identifier").map((each) => names.generationOf(String(each))), [1]);
    });
  }
});
