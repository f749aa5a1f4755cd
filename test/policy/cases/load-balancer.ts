import * as aws from "@pulumi/aws";

import type { loadBalancer } from "../../../policy/controls/load-balancer";
import { a, disposable, kept, type Cases, type Inputs } from "../examples";

const balancer = (inputs: Inputs<typeof aws.lb.LoadBalancer>) =>
  kept(a(aws.lb.LoadBalancer, inputs, { state: { arn: "balancer" } }));
const redirect = { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } };
const forward = { type: "forward", targetGroupArn: "group" };
const http = (action: typeof forward | typeof redirect) => a(aws.lb.Listener, { protocol: "HTTP", port: 80, defaultActions: [action] });
const https = a(aws.lb.Listener, { protocol: "HTTPS", port: 443, defaultActions: [forward] }, { name: "two" });
const zones = ["a", "a", "b"].map((availabilityZone, index) => a(aws.ec2.Subnet, { availabilityZone }, { name: `${index}` }));
const headers = {
  protocol: "HTTPS",
  defaultActions: [forward],
  routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
  routingHttpResponseXFrameOptionsHeaderValue: "DENY",
  routingHttpResponseServerEnabled: false,
  routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000",
};
const listener = (change: Partial<typeof headers>) => kept(a(aws.lb.Listener, { ...headers, ...change }));

const tls = (name: string) =>
  kept(a(aws.lb.Listener, { protocol: "HTTPS", sslPolicy: `ELBSecurityPolicy-${name}` }));

/** AWS's others for this kind of load balancer: with an older TLS, no TLS 1.3, or ciphers without forward secrecy. */
const weakTls = [
  "2016-08", "FS-2018-06", "FS-1-1-2019-08", "FS-1-2-2019-08", "FS-1-2-Res-2019-08", "FS-1-2-Res-2020-10", "TLS-1-1-2017-01",
  "TLS-1-2-2017-01", "TLS-1-2-Ext-2018-06", "TLS13-1-0-2021-06", "TLS13-1-1-2021-06", "TLS13-1-2-2021-06",
  "TLS13-1-2-Ext1-2021-06", "TLS13-1-2-Ext2-2021-06", "TLS13-1-2-FIPS-2023-04", "TLS13-1-2-PQ-2025-09",
];

export const loadBalancerCases: Cases<typeof loadBalancer> = {
  "ELB.1": {
    passes: [kept(http(redirect), https), disposable(http(forward))],
    fails: [
      [kept(http(forward)), /defaultActions must redirect to HTTPS/],
      [disposable(http(forward), https), /defaultActions must redirect to HTTPS/],
      [kept(http({ ...redirect, redirect: { ...redirect.redirect, protocol: "HTTP" } })), /must redirect to HTTPS/],
    ],
  },
  "ELB.18": {
    passes: [kept(https), disposable(http(forward))],
    fails: [[kept(http(redirect)), /port 80 speaks HTTP/], [disposable(http(redirect), https), /port 80 speaks HTTP/]],
  },
  "ELB.4": {
    passes: [balancer({ dropInvalidHeaderFields: true })],
    fails: [[balancer({}), /dropInvalidHeaderFields must be true, is unset/]],
  },
  "ELB.5": {
    passes: [balancer({ accessLogs: { enabled: true, bucket: "logs" } })],
    fails: [
      [balancer({}), /accessLogs\.enabled must be true, is unset/],
      [balancer({ accessLogs: { enabled: false, bucket: "logs" } }), /accessLogs\.enabled must be true, is false/],
    ],
  },
  "ELB.6": {
    passes: [balancer({ enableDeletionProtection: true })],
    fails: [[balancer({}), /enableDeletionProtection must be true/]],
  },
  "ELB.12": {
    passes: [balancer({}), balancer({ desyncMitigationMode: "strictest" })],
    fails: [[balancer({ desyncMitigationMode: "monitor" }), /desyncMitigationMode must be "defensive" or "strictest", is "monitor"/]],
  },
  "ELB.13": {
    passes: [kept(...zones, a(aws.lb.LoadBalancer, { subnets: ["0-id", "2-id"] })), balancer({ subnets: ["x", "y"] })],
    fails: [
      [balancer({ subnets: ["x"] }), /subnets must be two or more, are 1/],
      [kept(...zones, a(aws.lb.LoadBalancer, { subnets: ["0-id", "1-id"] })), /subnets must be in two zones, are in a/],
    ],
  },
  "ELB.16": {
    passes: [
      [...balancer({}), a(aws.wafv2.WebAclAssociation, { resourceArn: "balancer" })],
      balancer({ internal: true }),
    ],
    fails: [
      [balancer({}), /no aws\.wafv2\.WebAclAssociation/],
      [[...balancer({}), a(aws.wafv2.WebAclAssociation, { resourceArn: "another" })],
        /no aws\.wafv2\.WebAclAssociation/],
    ],
  },
  "ELB.17": {
    passes: [tls("TLS13-1-2-Res-2021-06"), tls("TLS13-1-3-2021-06"), kept(http(forward))],
    fails: [
      ...weakTls.map((name) => [tls(name), new RegExp(`sslPolicy must be .*, is "ELBSecurityPolicy-${name}"`)] as const),
      [kept(https), /sslPolicy must be .*, is unset/],
    ],
  },
  "CKV_AWS_261": {
    passes: [kept(a(aws.lb.TargetGroup, { healthCheck: { path: "/health/ready" } }))],
    fails: [
      [kept(a(aws.lb.TargetGroup, {})), /healthCheck\.path must be set, and not be \//],
      [kept(a(aws.lb.TargetGroup, { healthCheck: { path: "/" } })), /healthCheck\.path must be set/],
    ],
  },
  "health-check-means-healthy": {
    passes: [kept(a(aws.lb.TargetGroup, { healthCheck: { matcher: "200" } }))],
    fails: [[kept(a(aws.lb.TargetGroup, { healthCheck: { matcher: "200-499" } })), /healthCheck\.matcher must be "200", is "200-499"/]],
  },
  "zonal-shift": {
    passes: [balancer({ enableZonalShift: true })],
    fails: [[balancer({}), /enableZonalShift must be true/]],
  },
  "answers-say-little": {
    passes: [listener({}), kept(http(redirect))],
    fails: [
      [listener({ routingHttpResponseXContentTypeOptionsHeaderValue: undefined }),
        /XContentTypeOptionsHeaderValue must be "nosniff", is unset/],
      [listener({ routingHttpResponseXFrameOptionsHeaderValue: "SAMEORIGIN" }),
        /XFrameOptionsHeaderValue must be "DENY"/],
      [listener({ routingHttpResponseServerEnabled: true }), /ServerEnabled must be false/],
      [kept(http(forward)), /XContentTypeOptionsHeaderValue must be "nosniff", is unset/],
    ],
  },
  "answers-insist-on-https": {
    passes: [listener({}), kept(http(forward))],
    fails: [
      [listener({ routingHttpResponseStrictTransportSecurityHeaderValue: undefined }), /must have a max-age of a year/],
      [listener({ routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31535999" }),
        /must have a max-age of a year/],
    ],
  },
};
