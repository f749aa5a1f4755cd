import * as assert from "node:assert/strict";

import { only, planOf } from "../plans";

const vpcType = "awsx:ec2:Vpc";

describe("Network", () => {
  const dev = {
    cidrBlock: "10.10.0.0/16",
    availabilityZoneNames: ["eu-west-1a", "eu-west-1b"],
    availabilityZoneCidrMask: 18,
    subnetStrategy: "Auto",
    subnetSpecs: [
      { name: "private", type: "Private", cidrMask: 20 },
      { name: "public", type: "Public", cidrMask: 22 },
      { name: "isolated", type: "Isolated", cidrMask: 22 },
    ],
    natGateways: { strategy: "Single" },
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: { Name: "accounts-dev" },
  };

  it("makes three tiers of subnets in pinned zones, with one NAT gateway in dev", async () => {
    assert.deepEqual(only(await planOf("dev"), vpcType).inputs, dev);
  });

  it("makes prod the same, with three zones, addresses of its own, and a NAT gateway for each zone", async () => {
    assert.deepEqual(only(await planOf("prod"), vpcType).inputs, {
      ...dev,
      cidrBlock: "10.20.0.0/16",
      availabilityZoneNames: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
      natGateways: { strategy: "OnePerAz" },
      tags: { Name: "accounts-prod" },
    });
  });

  it("cuts the same slices for the first zones whether there are two zones or four, so that a new zone moves no subnet", async () => {
    const zones = JSON.stringify(["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1d"]);
    const plan = await planOf("dev", { config: { "accounts:availabilityZones": zones } });
    assert.deepEqual(only(plan, vpcType).inputs, { ...dev, availabilityZoneNames: JSON.parse(zones) });
  });

  it("takes every rule out of the default security group, because what is put there by mistake must reach nobody", async () => {
    const plan = await planOf("dev");
    assert.deepEqual(only(plan, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs, {
      vpcId: only(plan, vpcType).state["vpcId"],
      ingress: [],
      egress: [],
    });
  });

  it("gives every route table a way to S3 past the NAT gateway, because image layers come from there", async () => {
    const plan = await planOf("prod");
    const { vpcId, routeTables } = only(plan, vpcType).state;
    assert.equal(routeTables.length, 9);
    assert.deepEqual(only(plan, "aws:ec2/vpcEndpoint:VpcEndpoint").inputs, {
      vpcId,
      serviceName: "com.amazonaws.eu-west-1.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: (routeTables as { id: string }[]).map(({ id }) => id),
    });
  });

  it("asks for the endpoint of the stack's own region", async () => {
    const plan = await planOf("dev", {
      config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
    });
    assert.equal(only(plan, "aws:ec2/vpcEndpoint:VpcEndpoint").inputs["serviceName"], "com.amazonaws.eu-central-1.s3");
  });
});
