import * as aws from "@pulumi/aws";
import type { ResourceValidation } from "@pulumi/policy";

import { across, each, known, knownEntries, unless, type Controls, type Stack, type Verdict } from "../control";

/** Ports of services that no client on the internet has any business with, as Security Hub lists them. */
const highRiskPorts = [
  20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888,
  9200, 9300,
];

/** A way in, whichever resource it is said with. */
interface Opening {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

/** Who may open a connection to whom. */
export const securityGroups = {
  "EC2.18": {
    title: "The internet reaches ports 80 and 443 only",
    severity: "high",
    where: "everywhere",
    resource: opensToTheInternet(({ protocol, from, to }) =>
      unless(protocol === "tcp" && from === to && [80, 443].includes(from), `${protocol} ${from}-${to} is open to the internet`)),
  },
  "EC2.19": {
    title: "No high-risk port is open to the internet",
    severity: "critical",
    where: "everywhere",
    resource: opensToTheInternet(({ protocol, from, to }) => {
      const ports = highRiskPorts.filter((port) => protocol === "-1" || (from <= port && port <= to));
      return unless(ports.length === 0, `open to the internet: ${ports.join(", ")}`);
    }),
  },
  "CKV_AWS_23": {
    title: "Every security group and every rule says what it is for",
    severity: "low",
    where: "everywhere",
    resource: [
      each(aws.ec2.SecurityGroup, ({ description }) => described(description)),
      each(aws.ec2.SecurityGroupRule, ({ description }) => described(description)),
      each(aws.vpc.SecurityGroupIngressRule, ({ description }) => described(description)),
      each(aws.vpc.SecurityGroupEgressRule, ({ description }) => described(description)),
    ],
  },
  "rules-of-their-own": {
    title: "Rules are resources of their own, which the controls of the chain look at",
    severity: "medium",
    where: "everywhere",
    resource: [
      each(aws.ec2.SecurityGroup, ({ ingress, egress }) => [
        unless(ingress === undefined, "ingress must be an aws.vpc.SecurityGroupIngressRule"),
        unless(egress === undefined, "egress must be an aws.vpc.SecurityGroupEgressRule"),
      ]),
      each(aws.ec2.SecurityGroupRule, ({ type }) => `must be an aws.vpc rule of type ${type}`),
    ],
  },
  "internet-meets-load-balancer": {
    title: "Whoever comes from the internet meets the load balancer",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      const fronts = loadBalancerGroups(stack);
      for (const { resource, props } of stack.of(aws.vpc.SecurityGroupIngressRule)) {
        if (isAnywhere(props.cidrIpv4) || isAnywhere(props.cidrIpv6)) {
          const group = known(() => props.securityGroupId);
          yield [resource, unless(mayInclude(fronts, group), `${group} is the group of no load balancer`)];
        }
      }
    }),
  },
  "service-takes-from-load-balancer": {
    title: "Tasks take connections from the load balancer only",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      const fronts = loadBalancerGroups(stack);
      for (const { resource, props } of rulesOf(stack, aws.vpc.SecurityGroupIngressRule, serviceGroups(stack))) {
        yield [resource, notByGroup(props) ?? unless(
          mayInclude(fronts, known(() => props.referencedSecurityGroupId)),
          `${known(() => props.referencedSecurityGroupId)} is the group of no load balancer`)];
      }
    }),
  },
  "database-takes-from-groups": {
    title: "The database takes connections from security groups, not from addresses",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      for (const { resource, props } of rulesOf(stack, aws.vpc.SecurityGroupIngressRule, databaseGroups(stack))) {
        yield [resource, notByGroup(props)];
      }
    }),
  },
  "database-opens-nothing": {
    title: "The database opens no connections",
    severity: "high",
    where: "everywhere",
    stack: across(function* (stack) {
      for (const { resource } of rulesOf(stack, aws.vpc.SecurityGroupEgressRule, databaseGroups(stack))) {
        yield [resource, "lets the database send data out"];
      }
    }),
  },
} satisfies Controls;

function described(description: string | undefined): Verdict {
  return unless(!["", "Managed by Pulumi"].includes(description ?? ""), "description must say what it is for");
}

function isAnywhere(address: string | null | undefined): boolean {
  return address === "0.0.0.0/0" || address === "::/0";
}

function opensToTheInternet(judge: (opening: Opening) => Verdict): ResourceValidation[] {
  return [
    each(aws.vpc.SecurityGroupIngressRule, ({ ipProtocol, fromPort = 0, toPort = 65535, cidrIpv4, cidrIpv6 }) =>
      [cidrIpv4, cidrIpv6].some(isAnywhere) ? judge({ protocol: ipProtocol, from: fromPort, to: toPort }) : undefined),
    each(aws.ec2.SecurityGroupRule, ({ type, protocol, fromPort, toPort, cidrBlocks = [], ipv6CidrBlocks = [] }) =>
      type === "ingress" && [...cidrBlocks, ...ipv6CidrBlocks].some(isAnywhere)
        ? judge({ protocol, from: fromPort, to: toPort }) : undefined),
    each(aws.ec2.SecurityGroup, ({ ingress = [] }) => ingress
      .filter(({ cidrBlocks = [], ipv6CidrBlocks = [] }) => [...cidrBlocks, ...ipv6CidrBlocks].some(isAnywhere))
      .flatMap(({ protocol, fromPort, toPort }) => judge({ protocol, from: fromPort, to: toPort }))),
  ];
}

/** Complains of a way in by address or prefix list. */
function notByGroup({ cidrIpv4, cidrIpv6, prefixListId }: Sources): string | undefined {
  const source = cidrIpv4 ?? cidrIpv6 ?? prefixListId ?? undefined;
  return unless(source === undefined, `lets ${source} in: name a security group`);
}

interface Sources {
  readonly cidrIpv4?: string | null;
  readonly cidrIpv6?: string | null;
  readonly prefixListId?: string | null;
}

type RuleType = typeof aws.vpc.SecurityGroupEgressRule | typeof aws.vpc.SecurityGroupIngressRule;

function rulesOf(stack: Stack, type: RuleType, groups: Groups) {
  return stack.of(type).filter(({ props }) => {
    const group = known(() => props.securityGroupId);
    return group !== undefined && groups.has(group);
  });
}

/** Undefined stands for groups that a preview cannot know. */
type Groups = ReadonlySet<string | undefined>;

function mayInclude(groups: Groups, group: string | undefined): boolean {
  return group === undefined || groups.has(group) || groups.has(undefined);
}

function loadBalancerGroups(stack: Stack): Groups {
  return groupsIn(stack.of(aws.lb.LoadBalancer).map(({ props }) => () => props.securityGroups));
}

function serviceGroups(stack: Stack): Groups {
  return groupsIn(stack.of(aws.ecs.Service).map(({ props }) => () => props.networkConfiguration?.securityGroups ?? []));
}

function databaseGroups(stack: Stack): Groups {
  return groupsIn(stack.of(aws.rds.Instance).map(({ props }) => () => props.vpcSecurityGroupIds));
}

function groupsIn(lists: readonly (() => readonly string[])[]): Groups {
  return new Set(lists.flatMap((read) => knownEntries(read) ?? [undefined]));
}
