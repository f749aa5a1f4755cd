import * as assert from "node:assert/strict";

import { all, only, planOf } from "../plans";

const roleType = "aws:iam/role:Role";

describe("taskRole", () => {
  const names = ["migration-execution", "migration-task", "service-execution", "service-task"];

  it("makes the four roles there are: what starts a container and what runs in it never share one", async () => {
    assert.deepEqual(all(await planOf("prod"), roleType).map(({ name }) => name).toSorted(), names);
  });

  for (const name of names) {
    it(`lets ${name} be taken by ECS tasks of this account and region only, because others could talk ECS into it`, async () => {
      const { assumeRolePolicy, ...rest } = only(await planOf("prod"), roleType, name).inputs;
      assert.deepEqual(rest, {}, "rights are policies of their own");
      assert.deepEqual(JSON.parse(assumeRolePolicy), {
        Version: "2012-10-17",
        Statement: [{
          Effect: "Allow",
          Principal: { Service: "ecs-tasks.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*" },
          },
        }],
      });
    });
  }
});
