import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { serviceRole } from "../../infra/roles";
import { all, only, planOf } from "../example/plans";

const roleType = "aws:iam/role:Role";

describe("taskRole", () => {
  const names = ["migration-execution", "migration-task", "service-execution", "service-task"];

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

describe("serviceRole", () => {
  it("is for one service, on behalf of what is named in this account only", async () => {
    const trust: string[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ name, type, inputs }) => {
        if (type === roleType) {
          trust.push(inputs["assumeRolePolicy"]);
        }
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    }, "accounts", "dev");
    const scope = { region: "eu-west-1", accountId: "123456789012", permissionsBoundary: "" };
    const parent = new pulumi.ComponentResource("accounts:test:Parent", "parent");
    serviceRole("flow-log", "vpc-flow-logs", "arn:of:*", scope, parent);
    await pulumi.runtime.disconnect();
    assert.deepEqual(trust.map((text) => JSON.parse(text) as unknown), [{
      Version: "2012-10-17",
      Statement: [{
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnLike: { "aws:SourceArn": "arn:of:*" },
        },
      }],
    }]);
  });
});

describe("accounts:permissionsBoundary", () => {
  const arn = "arn:aws:iam::123456789012:policy/pipeline-accounts-boundary-prod";
  const boundaries = async (boundary: string) => {
    const plan = await planOf("prod", { config: { "accounts:permissionsBoundary": boundary } });
    return all(plan, roleType).map(({ name, inputs }) => `${name}: ${inputs["permissionsBoundary"]}`);
  };

  for (const [title, boundary] of [["name", "pipeline-accounts-boundary-prod"], ["ARN", arn]] as const) {
    it(`limits every role of the stack, by the policy's ${title}`, async () => {
      const limited = await boundaries(boundary);
      assert.ok(limited.length >= 5);
      assert.deepEqual(limited.filter((role) => !role.endsWith(`: ${arn}`)), []);
    });
  }
});
