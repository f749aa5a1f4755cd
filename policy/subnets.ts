import * as aws from "@pulumi/aws";

import { known, type Stack } from "./control";

/** The subnets whose route table leads to an internet gateway, as far as a preview can know. */
export function publicSubnets(stack: Stack): ReadonlySet<string> {
  const gateways = new Set(stack.of(aws.ec2.InternetGateway).map(({ props }) => known(() => props.id)));
  const open = new Set(stack.of(aws.ec2.Route)
    .filter(({ props }) => isKnownIn(gateways, known(() => props.gatewayId)))
    .map(({ props }) => known(() => props.routeTableId)));
  return new Set(stack.of(aws.ec2.RouteTableAssociation)
    .filter(({ props }) => isKnownIn(open, known(() => props.routeTableId)))
    .flatMap(({ props }) => known(() => props.subnetId) ?? []));
}

/** The zones that subnets of this stack are in; undefined where one of them is not known or not of this stack. */
export function zonesOf(stack: Stack, subnetIds: readonly (string | undefined)[]): ReadonlySet<string> | undefined {
  const zones = new Map(stack.of(aws.ec2.Subnet).map(({ props }) =>
    [known(() => props.id), known(() => props.availabilityZone)]));
  const found = subnetIds.map((id) => id === undefined ? undefined : zones.get(id));
  return found.includes(undefined) ? undefined : new Set(found as string[]);
}

function isKnownIn<T>(values: ReadonlySet<T | undefined>, value: T | undefined): boolean {
  return value !== undefined && values.has(value);
}
