import * as aws from "@pulumi/aws";

import type { securityGroups } from "../../../policy/controls/security-groups";
import { a, kept, type Cases } from "../examples";

const world = { ipProtocol: "tcp", cidrIpv4: "0.0.0.0/0" };
const https = { ...world, fromPort: 443, toPort: 443 };
const In = aws.vpc.SecurityGroupIngressRule;
const Out = aws.vpc.SecurityGroupEgressRule;

/** A load balancer, a service and a database, each with a group of its own. */
const chain = [
  a(aws.lb.LoadBalancer, { securityGroups: ["front"] }),
  a(aws.ecs.Service, { networkConfiguration: { subnets: [], securityGroups: ["tasks"] } }),
  a(aws.rds.Instance, { vpcSecurityGroupIds: ["data"] }),
  a(aws.rds.Instance, { vpcSecurityGroupIds: ["old"] }, { name: "old" }),
];

/** All ports to all of the internet, as the older ways to say a rule have it. */
const allToAll = { protocol: "-1", fromPort: 0, toPort: 0, ipv6CidrBlocks: ["::/0"] };

export const securityGroupCases: Cases<typeof securityGroups> = {
  "EC2.18": {
    passes: [
      kept(a(In, https)),
      kept(a(In, { ...world, cidrIpv4: "10.0.0.0/16", fromPort: 0, toPort: 65535 })),
      kept(a(aws.ec2.SecurityGroupRule, { type: "egress", protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] })),
    ],
    fails: [
      [kept(a(In, { ...world, fromPort: 80, toPort: 443 })), /tcp 80-443 is open to the internet/],
      [kept(a(In, { ipProtocol: "udp", cidrIpv6: "::/0", fromPort: 443, toPort: 443 })), /udp 443-443 is open/],
      [kept(a(In, { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" })), /-1 0-65535 is open/],
      [kept(a(aws.ec2.SecurityGroupRule, { type: "ingress", protocol: "tcp", fromPort: 8443, toPort: 8443, cidrBlocks: ["0.0.0.0/0"] })),
        /tcp 8443-8443 is open/],
      [kept(a(aws.ec2.SecurityGroup, { ingress: [{ protocol: "tcp", fromPort: 81, toPort: 81, cidrBlocks: ["0.0.0.0/0"] }] })),
        /tcp 81-81 is open/],
      [kept(a(aws.ec2.SecurityGroup, { ingress: [allToAll] })), /-1 0-0 is open/],
      [kept(a(aws.ec2.SecurityGroupRule, { type: "ingress", ...allToAll })), /-1 0-0 is open/],
    ],
  },
  "EC2.19": {
    passes: [kept(a(In, https)), kept(a(In, { ...world, cidrIpv4: "10.0.0.0/16", fromPort: 22, toPort: 22 }))],
    fails: [
      [kept(a(In, { ...world, fromPort: 5432, toPort: 5432 })), /open to the internet: 5432/],
      [kept(a(In, { ...world, fromPort: 8000, toPort: 8100 })), /open to the internet: 8080, 8088/],
      [kept(a(In, { ipProtocol: "-1", cidrIpv6: "::/0" })), /open to the internet: 20, 21, 22/],
      [kept(a(aws.ec2.SecurityGroup, { ingress: [allToAll] })), /open to the internet: 20, 21, 22/],
      [kept(a(aws.ec2.SecurityGroupRule, { type: "ingress", ...allToAll })), /open to the internet: 20, 21, 22/],
    ],
  },
  "CKV_AWS_23": {
    passes: [
      kept(a(aws.ec2.SecurityGroup, { description: "Takes requests" })),
      kept(a(In, { description: "Requests" }), a(Out, { description: "Queries" })),
    ],
    fails: [
      [kept(a(aws.ec2.SecurityGroup, { description: "Managed by Pulumi" })), /description must say what it is for/],
      [kept(a(In, {})), /description must say/],
      [kept(a(Out, { description: "" })), /description must say/],
      [kept(a(aws.ec2.SecurityGroupRule, {})), /description must say/],
    ],
  },
  "rules-of-their-own": {
    passes: [kept(a(aws.ec2.SecurityGroup, { description: "Takes requests" }), a(In, https))],
    fails: [
      [kept(a(aws.ec2.SecurityGroup, { ingress: [] })), /ingress must be an aws\.vpc\.SecurityGroupIngressRule/],
      [kept(a(aws.ec2.SecurityGroup, { egress: [] })), /egress must be an aws\.vpc\.SecurityGroupEgressRule/],
      [kept(a(aws.ec2.SecurityGroupRule, { type: "ingress" })), /must be an aws\.vpc rule of type ingress/],
    ],
  },
  "internet-meets-load-balancer": {
    passes: [kept(...chain, a(In, { ...https, securityGroupId: "front" }))],
    fails: [
      [kept(...chain, a(In, { ...https, securityGroupId: "tasks" })), /tasks is the group of no load balancer/],
      [kept(...chain, a(In, { ...https, cidrIpv4: undefined, cidrIpv6: "::/0", securityGroupId: "tasks" })),
        /tasks is the group of no load balancer/],
    ],
  },
  "service-takes-from-load-balancer": {
    passes: [kept(...chain, a(In, { securityGroupId: "tasks", referencedSecurityGroupId: "front" }))],
    fails: [
      [kept(...chain, a(In, { securityGroupId: "tasks", referencedSecurityGroupId: "data" })),
        /data is the group of no load balancer/],
      [kept(...chain, a(In, { securityGroupId: "tasks", cidrIpv4: "10.0.0.0/16" })),
        /lets 10\.0\.0\.0\/16 in: name a security group/],
    ],
  },
  "database-takes-from-groups": {
    passes: [kept(...chain, a(In, { securityGroupId: "data", referencedSecurityGroupId: "tasks" }))],
    fails: [
      [kept(...chain, a(In, { securityGroupId: "data", cidrIpv4: "10.0.0.0/16" })), /lets 10\.0\.0\.0\/16 in/],
      [kept(...chain, a(In, { securityGroupId: "data", cidrIpv6: "::/0" })), /lets ::\/0 in/],
      [kept(...chain, a(In, { securityGroupId: "data", prefixListId: "pl-1" })), /lets pl-1 in/],
      [kept(...chain, a(In, { securityGroupId: "old", cidrIpv4: "10.0.0.0/16" })), /lets 10\.0\.0\.0\/16 in/],
    ],
  },
  "database-opens-nothing": {
    passes: [kept(...chain, a(Out, { securityGroupId: "tasks", cidrIpv4: "0.0.0.0/0" }))],
    fails: [[kept(...chain, a(Out, { securityGroupId: "data", cidrIpv4: "0.0.0.0/0" })), /lets the database send data out/]],
  },
};
