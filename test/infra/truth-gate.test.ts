import * as assert from "node:assert/strict";

import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import { truthGate } from "../../infra/truth-gate";
import { noteUnansweredReads } from "../../offline/strict-outputs";
import { planOf, requestsOf, only } from "../example/plans";

const definition = (revision: number) => `arn:aws:ecs:eu-west-1:123456789012:task-definition/accounts-dev-service:${revision}`;
const [old, wanted] = [definition(1), definition(2)];
const clusterArn = "arn:aws:ecs:eu-west-1:123456789012:cluster/accounts-dev";

interface Found {
  readonly taskDefinition: string;
  readonly deployments: readonly { readonly status: string; readonly taskDefinition: string }[];
}

/** What comes out of the gate when ECS answers like this, and what ECS was asked. */
async function gate(found: Found, preview = false): Promise<{ result: PromiseSettledResult<string>; asked: object[] }> {
  const asked: object[] = [];
  const problems: string[] = [];
  const done = noteUnansweredReads((problem) => problems.push(problem));
  await pulumi.runtime.setMocks({
    newResource: ({ name }) => ({
      id: `${name}-id`, state: { service: { name: "accounts-dev-service-1a2b3c" }, taskDefinition: { arn: wanted } },
    }),
    call: ({ token, inputs }) => {
      asked.push({ token, ...inputs });
      return { ...inputs, ...found };
    },
  }, "accounts", "dev", preview);
  const service = new awsx.ecs.FargateService("service", {});
  const output = truthGate({
    service,
    clusterArn: pulumi.output(clusterArn),
    clusterName: pulumi.output("accounts-dev"),
    logGroupName: pulumi.output("/accounts/dev/service"),
  }, service);
  const [result] = await Promise.allSettled([valueOf(output)]);
  done();
  assert.deepEqual(problems, []);
  return { result, asked };
}

/** Of an output whose function may throw, which `apply` alone would tell nobody. */
const valueOf = <T>(output: pulumi.Output<T>): Promise<T> => (output as unknown as { promise(): Promise<T> }).promise();

describe("the truth gate", () => {
  it("asks ECS for the service of its cluster, and says what runs when that is what was asked for", async () => {
    const { result, asked } = await gate({
      taskDefinition: wanted, deployments: [{ status: "PRIMARY", taskDefinition: wanted }],
    });
    assert.deepEqual(asked, [{
      token: "aws:ecs/getService:getService", clusterArn, serviceName: "accounts-dev-service-1a2b3c",
    }]);
    assert.deepEqual(result, { status: "fulfilled", value: wanted });
  });

  it("lets the tasks of the deployment before drain", async () => {
    const { result } = await gate({
      taskDefinition: wanted,
      deployments: [{ status: "PRIMARY", taskDefinition: wanted }, { status: "ACTIVE", taskDefinition: old }],
    });
    assert.equal(result.status, "fulfilled");
  });

  const refused: [title: string, found: Found][] = [
    ["the service is back at the old version", { taskDefinition: old, deployments: [{ status: "PRIMARY", taskDefinition: old }] }],
    ["only its deployment is, and the service does not say so yet", {
      taskDefinition: wanted,
      deployments: [{ status: "ACTIVE", taskDefinition: wanted }, { status: "PRIMARY", taskDefinition: old }],
    }],
    ["only the service is, because the deployment that goes back has not begun", {
      taskDefinition: old, deployments: [{ status: "PRIMARY", taskDefinition: wanted }],
    }],
  ];
  for (const [title, found] of refused) {
    it(`refuses when ${title}, with both versions and what to do`, async () => {
      const { result } = await gate(found);
      assert.equal(result.status, "rejected");
      const { message } = (result as PromiseRejectedResult).reason as Error;
      assert.deepEqual(message.split("\n"), [
        `the service accounts-dev-service-1a2b3c runs ${old}, but this program asked for ${wanted}.`,
        "Its tasks did not become healthy, or an alarm rang while they were rolled out, and ECS went back.",
        "ECS says why: aws ecs describe-services --cluster accounts-dev --services accounts-dev-service-1a2b3c"
        + ' --query "services[0].events[:10].message"',
        "The tasks say why: aws logs tail /accounts/dev/service --since 1h",
        "Mend the cause and run `pulumi up`; for the same code once more, run `pulumi up --refresh`.",
      ]);
    });
  }

  it("asks nothing in a preview, where the version that is meant does not run yet", async () => {
    const { result, asked } = await gate({ taskDefinition: old, deployments: [] }, true);
    assert.deepEqual(asked, []);
    assert.deepEqual(result, { status: "fulfilled", value: wanted });
  });

  for (const stack of ["dev", "prod"]) {
    it(`is behind an output of ${stack}, because the engine would not wait for anything else`, async () => {
      const plan = await planOf(stack);
      const calls = (await requestsOf(stack)).filter(({ type }) => type === "aws:ecs/getService:getService");
      assert.equal(calls.length, 1);
      assert.equal(plan.outputs["taskDefinitionArn"], only(plan, "awsx:ecs:FargateService").state["taskDefinition"].arn);
    });
  }
});
