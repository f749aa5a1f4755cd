import * as aws from "@pulumi/aws";

import { across, each, knownEntries, maySame, must, unless, type Controls, type Stack } from "../control";
import { keepsData } from "../kept-data";
import { zonesOf } from "../subnets";

/** TLS 1.3, and 1.2 with forward secrecy; the widely copied `TLS13-1-2-2021-06` is not among them. */
const tlsPolicies = [
  "TLS13-1-3-2021-06", "TLS13-1-3-FIPS-2023-04", "TLS13-1-3-PQ-2025-09", "TLS13-1-3-FIPS-PQ-2025-09",
  "TLS13-1-2-Res-2021-06", "TLS13-1-2-Res-FIPS-2023-04", "TLS13-1-2-Res-PQ-2025-09", "TLS13-1-2-Res-FIPS-PQ-2025-09",
].map((name) => `ELBSecurityPolicy-${name}`);

/** The load balancer, its listeners and its target group. */
export const loadBalancer = {
  "ELB.1": {
    title: "Plain HTTP is redirected to HTTPS",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      for (const { resource, props } of plainListeners(stack)) {
        const [action] = props.defaultActions;
        const redirects = action?.type === "redirect" && action.redirect?.protocol === "HTTPS";
        // Without a domain there is no HTTPS to redirect to; data that is kept never goes without.
        yield [resource, unless(redirects || !(hasHttps(stack) || keepsData(resource.provider)),
          "defaultActions must redirect to HTTPS")];
      }
    }),
  },
  "ELB.18": {
    title: "Listeners speak HTTPS",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      for (const { resource, props } of plainListeners(stack)) {
        yield [resource, unless(!(hasHttps(stack) || keepsData(resource.provider)), `port ${props.port} speaks HTTP`)];
      }
    }),
  },
  "ELB.4": {
    title: "Header fields that are not valid HTTP are dropped",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.lb.LoadBalancer, ({ dropInvalidHeaderFields }) => must({ dropInvalidHeaderFields }, true))],
  },
  "ELB.5": {
    title: "The load balancer writes access logs",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.lb.LoadBalancer, ({ accessLogs }) => must({ "accessLogs.enabled": accessLogs?.enabled }, true))],
  },
  "ELB.6": {
    title: "The load balancer is protected from deletion",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.lb.LoadBalancer, ({ enableDeletionProtection }) => must({ enableDeletionProtection }, true))],
  },
  "ELB.12": {
    title: "Requests that HTTP servers may read differently are not passed on",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.lb.LoadBalancer, ({ desyncMitigationMode = "defensive" }) =>
      must({ desyncMitigationMode }, "defensive", "strictest"))],
  },
  "ELB.13": {
    title: "The load balancer stands in two zones",
    severity: "medium",
    where: "everywhere",
    stack: across(function* (stack) {
      for (const { resource, props } of stack.of(aws.lb.LoadBalancer)) {
        const ids = knownEntries(() => props.subnets);
        const zones = ids && zonesOf(stack, ids);
        yield [resource, [
          unless(ids === undefined || ids.length >= 2, `subnets must be two or more, are ${ids?.length}`),
          unless(zones === undefined || zones.size >= 2, `subnets must be in two zones, are in ${[...zones ?? []].join(", ")}`),
        ]];
      }
    }),
  },
  "ELB.16": {
    title: "A web firewall stands before the load balancer",
    severity: "medium",
    where: "keptData",
    stack: across(function* (stack) {
      const associations = stack.of(aws.wafv2.WebAclAssociation);
      for (const { resource, props } of stack.of(aws.lb.LoadBalancer)) {
        const guarded = associations.some((one) => maySame(() => one.props.resourceArn, () => props.arn));
        yield [resource, unless(guarded || props.internal, "no aws.wafv2.WebAclAssociation has it as resourceArn")];
      }
    }),
  },
  "ELB.17": {
    title: "Listeners take TLS 1.3, or 1.2 with forward secrecy",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.lb.Listener, ({ protocol, sslPolicy }) =>
      protocol === "HTTPS" || protocol === "TLS" ? must({ sslPolicy }, ...tlsPolicies) : undefined)],
  },
  "CKV_AWS_261": {
    title: "The health check has a path of its own",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.lb.TargetGroup, ({ healthCheck }) =>
      unless(!["", "/"].includes(healthCheck?.path ?? ""), "healthCheck.path must be set, and not be /"))],
  },
  "health-check-means-healthy": {
    title: "Only a 200 keeps a task among those that get requests",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.lb.TargetGroup, ({ healthCheck }) => must({ "healthCheck.matcher": healthCheck?.matcher }, "200"))],
  },
  "zonal-shift": {
    title: "Traffic can be moved out of a zone that is failing",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.lb.LoadBalancer, ({ enableZonalShift }) => must({ enableZonalShift }, true))],
  },
  "answers-say-little": {
    title: "Answers forbid sniffing and framing, and do not name the server",
    severity: "low",
    where: "everywhere",
    resource: [each(aws.lb.Listener, (listener) => listener.defaultActions.some(({ type }) => type === "redirect") ? [] : [
      must({ routingHttpResponseXContentTypeOptionsHeaderValue: listener.routingHttpResponseXContentTypeOptionsHeaderValue }, "nosniff"),
      must({ routingHttpResponseXFrameOptionsHeaderValue: listener.routingHttpResponseXFrameOptionsHeaderValue }, "DENY"),
      must({ routingHttpResponseServerEnabled: listener.routingHttpResponseServerEnabled }, false),
    ].flat())],
  },
  "answers-insist-on-https": {
    title: "Answers tell browsers to come with HTTPS only",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.lb.Listener, ({ protocol, routingHttpResponseStrictTransportSecurityHeaderValue: header = "" }) =>
      unless(protocol !== "HTTPS" || Number(/^max-age=(\d+)/.exec(header)?.[1] ?? 0) >= 31_536_000,
        "routingHttpResponseStrictTransportSecurityHeaderValue must have a max-age of a year or more"))],
  },
} satisfies Controls;

function plainListeners(stack: Stack) {
  return stack.of(aws.lb.Listener).filter(({ props }) => props.protocol === "HTTP");
}

function hasHttps(stack: Stack): boolean {
  return stack.of(aws.lb.Listener).some(({ props }) => props.protocol === "HTTPS");
}
