import * as assert from "node:assert/strict";

import { withoutPublicAddresses } from "../../infra/network";
import { all, labels, only, planOf, statements } from "../example/plans";

const vpcType = "awsx:ec2:Vpc";
const endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint";
const flowLogType = "aws:ec2/flowLog:FlowLog";

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
    const { policy, ...inputs } = only(plan, endpointType, "network-s3").inputs;
    assert.deepEqual(inputs, {
      vpcId,
      serviceName: "com.amazonaws.eu-west-1.s3",
      vpcEndpointType: "Gateway",
      routeTableIds: (routeTables as { id: string }[]).map(({ id }) => id),
    });
    assert.equal(typeof policy, "string");
  });

  for (const stack of ["dev", "prod"]) {
    it(`lets nothing be asked of S3 in ${stack} but image layers, because into any other bucket data could leave`, async () => {
      const { policy } = only(await planOf(stack), endpointType, "network-s3").inputs;
      assert.deepEqual(statements(policy), [{
        Sid: "ImageLayers",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
      }]);
    });
  }

  it("asks for the endpoint of the stack's own region", async () => {
    const plan = await planOf("dev", {
      config: { "aws:region": "eu-central-1", "accounts:availabilityZones": '["eu-central-1a","eu-central-1b"]' },
    });
    const { serviceName, policy } = only(plan, endpointType).inputs;
    assert.equal(serviceName, "com.amazonaws.eu-central-1.s3");
    assert.equal(statements(policy)[0]?.Resource, "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*");
  });

  describe("keeps a log of its traffic", () => {
    it("not in dev, where nobody would read it", async () => {
      const plan = await planOf("dev");
      assert.deepEqual(labels(all(plan, flowLogType)), []);
      assert.deepEqual(plan.resources.filter(({ name }) => name.startsWith("network-flow-log")), []);
    });

    it("in prod, of all connections, in a group of its own", async () => {
      const plan = await planOf("prod");
      const group = only(plan, "aws:cloudwatch/logGroup:LogGroup", "network-flow-log");
      assert.deepEqual(group.inputs, {
        name: "/accounts/prod/network",
        kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
        retentionInDays: 365,
      });
      assert.deepEqual(only(plan, flowLogType).inputs, {
        vpcId: only(plan, vpcType).state["vpcId"],
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.state["arn"],
        iamRoleArn: only(plan, "aws:iam/role:Role", "network-flow-log").state["arn"],
        maxAggregationInterval: 600,
      });
    });

    it("by a role that only flow logs of this account may take, and that can write to this group alone", async () => {
      const plan = await planOf("prod");
      const role = only(plan, "aws:iam/role:Role", "network-flow-log");
      const rights = only(plan, "aws:iam/rolePolicy:RolePolicy", "network-flow-log");
      assert.deepEqual(statements(role.inputs["assumeRolePolicy"]), [{
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnLike: { "aws:SourceArn": "arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*" },
        },
      }]);
      assert.equal(rights.inputs["role"], role.state["name"]);
      assert.deepEqual(statements(rights.inputs["policy"]), [{
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        Resource: "arn:aws:logs:eu-west-1:123456789012:log-group:/accounts/prod/network:*",
      }]);
    });

    it("only once that role has its rights, because EC2 does not try again for long", async () => {
      const plan = await planOf("prod");
      const rights = only(plan, "aws:iam/rolePolicy:RolePolicy", "network-flow-log");
      assert.ok(only(plan, flowLogType).options.dependencies.includes(rights.urn), "the flow log waits for its rights");
    });

    it("of refused connections, where the settings say so", async () => {
      const plan = await planOf("dev", { settings: { network: { flowLogs: "REJECT" } } });
      assert.equal(only(plan, flowLogType).inputs["trafficType"], "REJECT");
    });
  });

  for (const stack of ["dev", "prod"]) {
    it(`hands out no public addresses in any subnet of ${stack}, also not in a public one`, async () => {
      const subnets = all(await planOf(stack), "aws:ec2/subnet:Subnet");
      assert.notEqual(subnets.length, 0);
      assert.deepEqual(labels(subnets.filter(({ inputs }) => inputs["mapPublicIpOnLaunch"] !== false)), []);
    });
  }
});

describe("withoutPublicAddresses", () => {
  const opts = { protect: true };
  const transform = (type: string) => withoutPublicAddresses({
    custom: true, type, name: "network-public-1", props: { mapPublicIpOnLaunch: true, cidrBlock: "10.10.16.0/22" }, opts,
  });

  it("takes from a subnet that it hands out public addresses, and changes nothing else", async () => {
    assert.deepEqual(await transform("aws:ec2/subnet:Subnet"), {
      props: { mapPublicIpOnLaunch: false, cidrBlock: "10.10.16.0/22" },
      opts,
    });
  });

  for (const type of ["awsx:ec2:Vpc", "aws:ec2/vpc:Vpc", "aws:ec2/natGateway:NatGateway"]) {
    it(`leaves ${type} alone`, async () => {
      assert.equal(await transform(type), undefined);
    });
  }
});
