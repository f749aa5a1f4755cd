import { BlockList } from "node:net";

import { range, type Rule } from "./rule";
import type { InterfaceEndpoint, Settings } from "./settings";

/** Everything that a task's start and its work ask of AWS. */
const allEndpoints: readonly InterfaceEndpoint[] = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"];

export function checkNetwork({ network, webFirewall }: Settings, rule: Rule): void {
  rule(isNetworkAddress(network.cidrBlock), "network.cidrBlock", network.cidrBlock,
    "a private /16 such as 10.30.0.0/16: network.ts cuts a /18 out of it for each zone");
  const { interfaceEndpoints: endpoints, natGateways } = network;
  const shown = `[${endpoints.join(", ")}]`;
  rule(new Set(endpoints).size === endpoints.length, "network.interfaceEndpoints", shown, "each of them once");
  rule(endpoints.includes("ecr.api") === endpoints.includes("ecr.dkr"), "network.interfaceEndpoints", shown,
    "with both of ecr.api and ecr.dkr, or with neither: pulling an image asks both");
  rule(natGateways !== "None" || allEndpoints.every((endpoint) => endpoints.includes(endpoint)),
    "network.interfaceEndpoints", shown,
    `[${allEndpoints.join(", ")}] where network.natGateways is None: a task reaches AWS in no other way`);
  if (webFirewall !== "none") {
    range(rule, "webFirewall.requestsPerFiveMinutes", webFirewall.requestsPerFiveMinutes, 10, 2_000_000_000);
  }
}

/** One line for each two environments that share addresses. */
export function overlaps(environments: Readonly<Record<string, Settings>>): string[] {
  const blocks = Object.entries(environments)
    .map(([name, { network }]) => ({ name, cidr: network.cidrBlock }))
    .filter(({ cidr }) => isNetworkAddress(cidr));
  return blocks.flatMap((a, i) => blocks.slice(i + 1).filter((b) => contains(a.cidr, b.cidr)).map((b) =>
    `environments/${b.name}.ts: network.cidrBlock is ${b.cidr}, but must not overlap that of ${a.name} (${a.cidr})`));
}

function isNetworkAddress(cidr: string): boolean {
  return /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/.test(cidr) &&
    cidr.split(/[./]/).every((part) => Number(part) <= 255);
}

/** All blocks are /16 when this is asked, so one holds the other's first address or they are disjoint. */
function contains(a: string, b: string): boolean {
  const list = new BlockList();
  list.addSubnet(a.split("/")[0] ?? "", 16, "ipv4");
  return list.check(b.split("/")[0] ?? "", "ipv4");
}
