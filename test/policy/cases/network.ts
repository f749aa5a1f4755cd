import * as aws from "@pulumi/aws";

import type { network } from "../../../policy/controls/network";
import { a, document, kept, type Cases, type Judged } from "../examples";

const vpc = a(aws.ec2.Vpc, { cidrBlock: "10.0.0.0/16" }, { name: "vpc" });
const other = { vpcId: "another-id" };
const own = { vpcId: "vpc-id" };

/** A public subnet and a private one, each in a zone of its own. */
const subnets = [
  a(aws.ec2.InternetGateway, {}, { name: "gateway" }),
  a(aws.ec2.Subnet, { availabilityZone: "a" }, { name: "public" }),
  a(aws.ec2.Subnet, { availabilityZone: "b" }, { name: "private" }),
  a(aws.ec2.RouteTableAssociation, { routeTableId: "open-id", subnetId: "public-id" }, { name: "public" }),
  a(aws.ec2.RouteTableAssociation, { routeTableId: "closed-id", subnetId: "private-id" }, { name: "private" }),
  a(aws.ec2.Route, { routeTableId: "open-id", gatewayId: "gateway-id" }, { name: "public" }),
  a(aws.ec2.Route, { routeTableId: "closed-id", natGatewayId: "nat-id" }, { name: "private" }),
];

function interfaceEndpoint(service: string): Judged {
  const endpoint = { vpcEndpointType: "Interface", serviceName: `com.amazonaws.eu-west-1.${service}` };
  const complaint = new RegExp(`no aws.ec2.VpcEndpoint of type Interface for ${service}`);
  return {
    passes: [kept(vpc, a(aws.ec2.VpcEndpoint, { ...endpoint, ...own }))],
    fails: [
      [kept(vpc), complaint],
      [kept(vpc, a(aws.ec2.VpcEndpoint, { ...endpoint, ...other })), complaint],
      [kept(vpc, a(aws.ec2.VpcEndpoint, { ...endpoint, ...own, vpcEndpointType: "Gateway" })), complaint],
    ],
  };
}

const s3 = { serviceName: "com.amazonaws.eu-west-1.s3", routeTableIds: ["table"], ...own };
const everybody = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };

export const networkCases: Cases<typeof network> = {
  "EC2.2": {
    passes: [kept(vpc, a(aws.ec2.DefaultSecurityGroup, { ...own, ingress: [], egress: [] }))],
    fails: [
      [kept(vpc), /no aws\.ec2\.DefaultSecurityGroup/],
      [kept(vpc, a(aws.ec2.DefaultSecurityGroup, other)), /no aws\.ec2\.DefaultSecurityGroup/],
      [kept(vpc, a(aws.ec2.DefaultSecurityGroup, { ...own, ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] })),
        /ingress must be empty/],
      [kept(vpc, a(aws.ec2.DefaultSecurityGroup, { ...own, egress: [{ protocol: "-1", fromPort: 0, toPort: 0 }] })),
        /egress must be empty/],
    ],
  },
  "EC2.6": {
    passes: [kept(vpc, a(aws.ec2.FlowLog, { ...own, trafficType: "REJECT" }))],
    fails: [
      [kept(vpc), /no aws\.ec2\.FlowLog/],
      [kept(vpc, a(aws.ec2.FlowLog, { ...other, trafficType: "ALL" })), /no aws\.ec2\.FlowLog/],
      [kept(vpc, a(aws.ec2.FlowLog, { ...own, trafficType: "ACCEPT" })),
        /trafficType must be "ALL" or "REJECT", is "ACCEPT"/],
    ],
  },
  "EC2.10": interfaceEndpoint("ec2"),
  "EC2.55": interfaceEndpoint("ecr.api"),
  "EC2.56": interfaceEndpoint("ecr.dkr"),
  "EC2.57": interfaceEndpoint("ssm"),
  "endpoint-logs": interfaceEndpoint("logs"),
  "endpoint-secretsmanager": interfaceEndpoint("secretsmanager"),
  "endpoint-s3": {
    passes: [kept(vpc, a(aws.ec2.VpcEndpoint, { ...s3, vpcEndpointType: "Gateway" })), kept(vpc, a(aws.ec2.VpcEndpoint, s3))],
    fails: [
      [kept(vpc), /no aws\.ec2\.VpcEndpoint of type Gateway for s3/],
      [kept(vpc, a(aws.ec2.VpcEndpoint, { ...s3, routeTableIds: [] })), /routeTableIds must name route tables/],
    ],
  },
  "endpoint-policy": {
    passes: [
      kept(a(aws.ec2.VpcEndpoint, { policy: document({ ...everybody, Condition: { StringEquals: { "aws:PrincipalAccount": "1" } } }) })),
      kept(a(aws.ec2.VpcEndpoint, { policy: document({ ...everybody, Resource: "arn:aws:s3:::layers/*" }) })),
    ],
    fails: [
      [kept(a(aws.ec2.VpcEndpoint, {})), /policy must be set/],
      [kept(a(aws.ec2.VpcEndpoint, { policy: document({ ...everybody, Sid: "All" }) })),
        /All of policy allows everybody everything/],
      [kept(a(aws.ec2.VpcEndpoint, { policy: document({ ...everybody, Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }) })),
        /of policy allows everybody everything/],
    ],
  },
  "endpoint-private-dns": {
    passes: [
      kept(a(aws.ec2.VpcEndpoint, { vpcEndpointType: "Interface", privateDnsEnabled: true })),
      kept(a(aws.ec2.VpcEndpoint, { vpcEndpointType: "Gateway" })),
    ],
    fails: [[kept(a(aws.ec2.VpcEndpoint, { vpcEndpointType: "Interface" })), /privateDnsEnabled must be true, is unset/]],
  },
  "EC2.15": {
    passes: [kept(a(aws.ec2.Subnet, {})), kept(a(aws.ec2.Subnet, { mapPublicIpOnLaunch: false }))],
    fails: [[kept(a(aws.ec2.Subnet, { mapPublicIpOnLaunch: true })), /mapPublicIpOnLaunch must not be true/]],
  },
  "nat-in-every-zone": {
    passes: [
      kept(...subnets),
      kept(...subnets, ...["public", "private"].map((name) => a(aws.ec2.NatGateway, { subnetId: `${name}-id` }, { name }))),
    ],
    fails: [
      [kept(...subnets, a(aws.ec2.NatGateway, { subnetId: "public-id" })), /no NAT gateway in b/],
      [kept(...subnets, ...["one", "two"].map((name) => a(aws.ec2.NatGateway, { subnetId: "public-id" }, { name }))),
        /no NAT gateway in b/],
    ],
  },
  "service-in-private-subnets": {
    passes: [kept(...subnets, a(aws.ecs.Service, { networkConfiguration: { subnets: ["private-id"] } }))],
    fails: [[
      kept(...subnets, a(aws.ecs.Service, { networkConfiguration: { subnets: ["private-id", "public-id"] } })),
      /public-id is a public subnet/,
    ]],
  },
};
