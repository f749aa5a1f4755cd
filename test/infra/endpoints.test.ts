import * as assert from "node:assert/strict";

import { childrenOf, labels, only, planOf, statements } from "../example/plans";

describe("Endpoints", () => {
  const apis = { "ecr-api": "ecr.api", "ecr-dkr": "ecr.dkr", logs: "logs", secretsmanager: "secretsmanager", ssm: "ssm" };

  it("are none in dev, which goes through the NAT gateway", async () => {
    assert.deepEqual(labels(childrenOf(await planOf("dev"), "Endpoints")), []);
  });

  it("are in prod those that a task's start and its work ask of AWS", async () => {
    assert.deepEqual(labels(childrenOf(await planOf("prod"), "Endpoints")),
      Object.keys(apis).map((api) => `aws:ec2/vpcEndpoint:VpcEndpoint endpoints-${api}`));
  });

  for (const [name, api] of Object.entries(apis)) {
    it(`answer for ${api} under its usual name, in every zone, to whom the firewall lets in`, async () => {
      const plan = await planOf("prod");
      const { vpcId, privateSubnetIds } = only(plan, "awsx:ec2:Vpc").state;
      const { policy, ...inputs } = only(plan, "aws:ec2/vpcEndpoint:VpcEndpoint", `endpoints-${name}`).inputs;
      assert.equal(privateSubnetIds.length, 3);
      assert.deepEqual(inputs, {
        vpcId,
        serviceName: `com.amazonaws.eu-west-1.${api}`,
        vpcEndpointType: "Interface",
        subnetIds: privateSubnetIds,
        securityGroupIds: ["firewall-endpoints-id"],
        privateDnsEnabled: true,
      });
      assert.deepEqual(statements(policy), [{
        Sid: "CallsOfThisAccount",
        Effect: "Allow",
        Principal: "*",
        Action: "*",
        Resource: "*",
        Condition: { StringEquals: { "aws:PrincipalAccount": "123456789012" } },
      }]);
    });
  }

  it("are what the settings say, in the stack's own region", async () => {
    const plan = await planOf("dev", {
      config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
      settings: { network: { interfaceEndpoints: ["logs"] } },
    });
    const names = childrenOf(plan, "Endpoints").map(({ inputs }) => inputs["serviceName"]);
    assert.deepEqual(names, ["com.amazonaws.eu-central-1.logs"]);
  });
});
