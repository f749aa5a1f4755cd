import type * as aws from "@pulumi/aws";

type Rule = aws.types.input.wafv2.WebAclRule;
type Body = aws.types.input.wafv2.WebAclCustomResponseBody;

const windowSeconds = 300;
const tooManyKey = "too-many-requests";

/**
 * Rules of AWS's that only count. Bodies are the service's to judge: documents may hold any text, and the firewall
 * reads no more than the first 8 KiB of them. And a program that does not say its name is a client like others.
 */
const countedOnly = [
  "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY",
  "NoUserAgent_HEADER",
];

/**
 * What is cheapest to find out comes first. Without AWS's rules against injections of SQL: statements are prepared, and
 * what those rules look for are words that people write.
 */
export function webFirewallRules(requestsPerFiveMinutes: number): Rule[] {
  return [
    requestsByAddress(requestsPerFiveMinutes),
    managed(1, "ip-reputation", "AWSManagedRulesAmazonIpReputationList"),
    managed(2, "known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
    managed(3, "common", "AWSManagedRulesCommonRuleSet", countedOnly),
  ];
}

/** In the words of the service's own 429, less the request's id, which nobody has given it yet. */
export function tooManyRequests(requestsPerFiveMinutes: number): Body {
  return {
    key: tooManyKey,
    // WAF knows no application/problem+json, and takes no Content-Type among the headers.
    contentType: "APPLICATION_JSON",
    content: JSON.stringify({
      type: "/problems/rate-limited",
      title: "Too many requests",
      status: 429,
      detail: `${requestsPerFiveMinutes} in five minutes are allowed from one address`,
    }),
  };
}

function requestsByAddress(limit: number): Rule {
  return {
    name: "requests-by-address",
    priority: 0,
    statement: { rateBasedStatement: { aggregateKeyType: "IP", evaluationWindowSec: windowSeconds, limit } },
    action: {
      block: {
        customResponse: {
          responseCode: 429,
          customResponseBodyKey: tooManyKey,
          responseHeaders: [{ name: "retry-after", value: String(windowSeconds) }],
        },
      },
    },
    visibilityConfig: counted("requests-by-address"),
  };
}

/** One of AWS's groups of rules, of which some only count. */
function managed(priority: number, name: string, group: string, countedOnly: readonly string[] = []): Rule {
  return {
    name,
    priority,
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name: group,
        ruleActionOverrides: countedOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    overrideAction: { none: {} },
    visibilityConfig: counted(name),
  };
}

/** Without samples: they would show the keys of clients to whoever may look, and the log holds the same requests. */
function counted(metricName: string): Rule["visibilityConfig"] {
  return { cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: false };
}
