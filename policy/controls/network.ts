import * as aws from "@pulumi/aws";
import type { PolicyResource } from "@pulumi/policy";

import {
  across, each, known, knownEntries, maySame, must, mustNot, unless, type Control, type Controls, type Stack,
} from "../control";
import { allowing, anybody, conditionKeys, list } from "../documents";
import { publicSubnets, zonesOf } from "../subnets";

/** The VPC, its subnets and its endpoints. */
export const network = {
  "EC2.2": {
    title: "The default security group of the VPC lets nobody in or out",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      const defaults = stack.of(aws.ec2.DefaultSecurityGroup);
      for (const { resource, props: vpc } of stack.of(aws.ec2.Vpc)) {
        const own = defaults.filter(({ props }) => maySame(() => props.vpcId, () => vpc.id));
        yield [resource, unless(own.length > 0, "no aws.ec2.DefaultSecurityGroup takes its rules away")];
      }
      for (const { resource, props: { ingress, egress } } of defaults) {
        yield [resource, [
          unless((ingress ?? []).length === 0, "ingress must be empty"),
          unless((egress ?? []).length === 0, "egress must be empty"),
        ]];
      }
    }),
  },
  "EC2.6": {
    title: "The VPC's traffic is logged",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.ec2.FlowLog, ({ trafficType }) => must({ trafficType }, "ALL", "REJECT"))],
    stack: across(function* (stack) {
      const logs = stack.of(aws.ec2.FlowLog);
      for (const { resource, props: vpc } of stack.of(aws.ec2.Vpc)) {
        const own = logs.some(({ props }) => maySame(() => props.vpcId, () => vpc.id));
        yield [resource, unless(own, "no aws.ec2.FlowLog has it as vpcId")];
      }
    }),
  },
  "EC2.10": interfaceEndpoint("ec2", "The API of EC2"),
  "EC2.55": interfaceEndpoint("ecr.api", "The API of ECR"),
  "EC2.56": interfaceEndpoint("ecr.dkr", "The registry of ECR"),
  "EC2.57": interfaceEndpoint("ssm", "Parameter Store"),
  "endpoint-logs": interfaceEndpoint("logs", "CloudWatch Logs"),
  "endpoint-secretsmanager": interfaceEndpoint("secretsmanager", "Secrets Manager"),
  "endpoint-s3": {
    title: "S3 is reached through a gateway endpoint, not through NAT",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      yield* vpcsWithout(stack, "s3", "Gateway");
      for (const { resource, props } of endpoints(stack, "s3", "Gateway")) {
        const tables = known(() => props.routeTableIds);
        yield [resource, unless(tables === undefined || tables.length > 0, "routeTableIds must name route tables")];
      }
    }),
  },
  "endpoint-policy": {
    title: "An endpoint passes calls of this account, or to the resources its policy names",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ec2.VpcEndpoint, ({ policy }) => policy === undefined
      ? "policy must be set: without one the endpoint reaches the resources of every account"
      : allowing(policy).filter((statement) => anybody(statement) && list(statement.Resource).includes("*")
        && !conditionKeys(statement).some((key) => ["aws:principalaccount", "aws:resourceaccount"].includes(key)))
        .map(({ Sid = "a statement" }) => `${Sid} of policy allows everybody everything: bind it to aws:PrincipalAccount`))],
  },
  "endpoint-private-dns": {
    title: "An interface endpoint answers under the name the SDK calls",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.ec2.VpcEndpoint, ({ vpcEndpointType, privateDnsEnabled }) =>
      vpcEndpointType === "Interface" ? must({ privateDnsEnabled }, true) : undefined)],
  },
  "EC2.15": {
    title: "A subnet hands out no public addresses",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ec2.Subnet, ({ mapPublicIpOnLaunch }) => mustNot({ mapPublicIpOnLaunch }, true))],
  },
  "nat-in-every-zone": {
    title: "Each zone with a way out has a NAT gateway of its own",
    severity: "medium",
    where: "keptData",
    stack: across(function* (stack) {
      const gateways = stack.of(aws.ec2.NatGateway);
      const [first] = gateways;
      const zones = zonesOf(stack, gateways.map(({ props }) => known(() => props.subnetId)));
      const all = new Set(stack.of(aws.ec2.Subnet).map(({ props }) => known(() => props.availabilityZone)));
      if (first !== undefined && zones !== undefined && !all.has(undefined)) {
        const without = [...all].filter((zone) => !zones.has(zone as string));
        yield [first.resource, unless(without.length === 0, `no NAT gateway in ${without.join(", ")}: its loss takes them along`)];
      }
    }),
  },
  "service-in-private-subnets": {
    title: "Tasks run in subnets without a route to the internet gateway",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      const open = publicSubnets(stack);
      for (const { resource, props } of stack.of(aws.ecs.Service)) {
        const subnets = knownEntries(() => props.networkConfiguration?.subnets) ?? [];
        yield [resource, subnets.filter((id) => open.has(id ?? "")).map((id) => `${id} is a public subnet`)];
      }
    }),
  },
} satisfies Controls;

function interfaceEndpoint(service: string, what: string): Control {
  return {
    title: `${what} is reached without leaving the VPC`,
    severity: "medium",
    where: "keptData",
    stack: across((stack) => vpcsWithout(stack, service, "Interface")),
  };
}

function* vpcsWithout(stack: Stack, service: string, type: string): Generator<[PolicyResource, string | undefined]> {
  for (const { resource, props: vpc } of stack.of(aws.ec2.Vpc)) {
    const own = endpoints(stack, service, type).some(({ props }) => maySame(() => props.vpcId, () => vpc.id));
    yield [resource, unless(own, `no aws.ec2.VpcEndpoint of type ${type} for ${service}`)];
  }
}

/** Of one service: `com.amazonaws.eu-west-1.ecr.api` is that of `ecr.api`. */
function endpoints(stack: Stack, service: string, type: string) {
  return stack.of(aws.ec2.VpcEndpoint).filter(({ props: { serviceName, vpcEndpointType } }) =>
    serviceName?.replace(/^com\.amazonaws\.[a-z0-9-]+\./, "") === service && (vpcEndpointType ?? "Gateway") === type);
}
