import * as aws from "@pulumi/aws";

import { across, each, known, maySame, unless, type Controls } from "../control";

/** What stands before the load balancer. */
export const webFirewall = {
  "WAF.10": {
    title: "A web firewall has rules",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.wafv2.WebAcl, ({ rules = [] }) => unless(rules.length > 0, "rules must not be empty"))],
  },
  "WAF.11": {
    title: "What a web firewall refuses is logged",
    severity: "low",
    where: "everywhere",
    stack: across(function* (stack) {
      const logs = stack.of(aws.wafv2.WebAclLoggingConfiguration);
      for (const { resource, props } of stack.of(aws.wafv2.WebAcl)) {
        const logged = logs.some((log) => maySame(() => log.props.resourceArn, () => props.arn));
        yield [resource, unless(logged, "no aws.wafv2.WebAclLoggingConfiguration has it as resourceArn")];
      }
      for (const { resource, props } of logs) {
        const destinations = known(() => props.logDestinationConfigs.join()) ?? "aws-waf-logs-";
        yield [resource, unless(/(^|:)aws-waf-logs-/.test(destinations), "logDestinationConfigs must name a log group that begins with aws-waf-logs-")];
      }
    }),
  },
  "WAF.12": {
    title: "Every rule of a web firewall is counted",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.wafv2.WebAcl, ({ visibilityConfig, rules = [] }) =>
      [{ name: "the firewall", visibilityConfig }, ...rules].map((part) => unless(
        part.visibilityConfig.cloudwatchMetricsEnabled, `${part.name}: visibilityConfig.cloudwatchMetricsEnabled must be true`)))],
  },
  "rate-by-address": {
    title: "A web firewall stops an address that asks too often",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.wafv2.WebAcl, ({ rules = [] }) => unless(
      rules.some(({ statement, action }) => statement?.rateBasedStatement !== undefined && action?.block !== undefined),
      "rules must hold one with a rateBasedStatement that blocks"))],
  },
  "no-keys-in-the-firewall-log": {
    title: "The web firewall's log does not hold the keys of clients",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.wafv2.WebAclLoggingConfiguration, ({ redactedFields = [] }) =>
      ["authorization", "cookie"].map((header) => unless(
        redactedFields.some(({ singleHeader }) => singleHeader?.name.toLowerCase() === header),
        `redactedFields must hold the header ${header}`)))],
  },
} satisfies Controls;
