import * as aws from "@pulumi/aws";

import type { webFirewall } from "../../../policy/controls/web-firewall";
import { a, kept, type Cases, type Inputs } from "../examples";

const counted = (cloudwatchMetricsEnabled: boolean) => ({ cloudwatchMetricsEnabled, metricName: "m", sampledRequestsEnabled: true });
const rate = {
  name: "rate", priority: 0, visibilityConfig: counted(true), action: { block: {} },
  statement: { rateBasedStatement: { limit: 3000, aggregateKeyType: "IP" } },
};
const firewall = (inputs: Inputs<typeof aws.wafv2.WebAcl>) =>
  kept(a(aws.wafv2.WebAcl, { visibilityConfig: counted(true), ...inputs }, { state: { arn: "firewall" } }));
const log = (inputs: Inputs<typeof aws.wafv2.WebAclLoggingConfiguration>) =>
  [...firewall({}), a(aws.wafv2.WebAclLoggingConfiguration, inputs)];
const group = ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-accounts-prod"];
const redacted = (...names: string[]) => names.map((name) => ({ singleHeader: { name } }));

export const webFirewallCases: Cases<typeof webFirewall> = {
  "WAF.10": { passes: [firewall({ rules: [rate] })], fails: [[firewall({}), /rules must not be empty/]] },
  "WAF.11": {
    passes: [log({ resourceArn: "firewall", logDestinationConfigs: group })],
    fails: [
      [firewall({}), /no aws\.wafv2\.WebAclLoggingConfiguration/],
      [log({ resourceArn: "another", logDestinationConfigs: group }), /no aws\.wafv2\.WebAclLoggingConfiguration/],
      ...["/accounts/waf", "/accounts/aws-waf-logs-prod", "aws-waf-accounts"].map((name) => [
        log({ resourceArn: "firewall", logDestinationConfigs: [`arn:aws:logs:eu-west-1:123456789012:log-group:${name}`] }),
        /must name a log group that begins with aws-waf-logs-/,
      ] as const),
    ],
  },
  "WAF.12": {
    passes: [firewall({ rules: [rate] })],
    fails: [
      [firewall({ visibilityConfig: counted(false) }),
        /the firewall: visibilityConfig\.cloudwatchMetricsEnabled must be true/],
      [firewall({ rules: [{ ...rate, visibilityConfig: counted(false) }] }),
        /rate: visibilityConfig\.cloudwatchMetricsEnabled must be true/],
    ],
  },
  "rate-by-address": {
    passes: [firewall({ rules: [rate] })],
    fails: [
      [firewall({ rules: [{ ...rate, action: { count: {} } }] }),
        /rules must hold one with a rateBasedStatement that blocks/],
      [firewall({ rules: [] }), /rules must hold one with a rateBasedStatement/],
    ],
  },
  "no-keys-in-the-firewall-log": {
    passes: [log({ redactedFields: redacted("authorization", "cookie") })],
    fails: [
      [log({ redactedFields: redacted("cookie") }), /redactedFields must hold the header authorization/],
      [log({ redactedFields: redacted("authorization") }), /redactedFields must hold the header cookie/],
    ],
  },
};
