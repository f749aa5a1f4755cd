import * as assert from "node:assert/strict";

import { childrenOf, labels, only, planOf } from "../example/plans";

const aclType = "aws:wafv2/webAcl:WebAcl";
const associationType = "aws:wafv2/webAclAssociation:WebAclAssociation";
const loggingType = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";

const counted = (metricName: string) => ({ cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: false });

describe("WebFirewall", () => {
  it("is nothing in dev", async () => {
    assert.deepEqual(labels(childrenOf(await planOf("dev"), "WebFirewall")), []);
  });

  it("is in prod four rules: first who asks too often, then AWS's, from the cheapest to the dearest", async () => {
    const { rules, ...inputs } = only(await planOf("prod"), aclType).inputs;
    const managed = (priority: number, name: string, group: string, onlyCounted: string[] = []) => ({
      name,
      priority,
      statement: {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name: group,
          ruleActionOverrides: onlyCounted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
        },
      },
      overrideAction: { none: {} },
      visibilityConfig: counted(name),
    });
    assert.deepEqual(inputs, {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      customResponseBodies: [{
        key: "too-many-requests",
        contentType: "APPLICATION_JSON",
        content: '{"type":"/problems/rate-limited","title":"Too many requests","status":429,'
          + '"detail":"3000 in five minutes are allowed from one address"}',
      }],
      visibilityConfig: counted("accounts-prod"),
    });
    assert.deepEqual(rules, [
      {
        name: "requests-by-address",
        priority: 0,
        statement: { rateBasedStatement: { aggregateKeyType: "IP", evaluationWindowSec: 300, limit: 3000 } },
        action: {
          block: {
            customResponse: {
              responseCode: 429,
              customResponseBodyKey: "too-many-requests",
              responseHeaders: [{ name: "retry-after", value: "300" }],
            },
          },
        },
        visibilityConfig: counted("requests-by-address"),
      },
      managed(1, "ip-reputation", "AWSManagedRulesAmazonIpReputationList"),
      managed(2, "known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
      managed(3, "common", "AWSManagedRulesCommonRuleSet", [
        "SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY",
        "NoUserAgent_HEADER",
      ]),
    ]);
  });

  it("counts up to what the settings allow, and says so to whom it turns away", async () => {
    const plan = await planOf("dev", { settings: { webFirewall: { requestsPerFiveMinutes: 100 } } });
    const { rules, customResponseBodies } = only(plan, aclType).inputs;
    assert.equal(rules[0].statement.rateBasedStatement.limit, 100);
    assert.match(customResponseBodies[0].content, /100 in five minutes/);
  });

  it("stands before the load balancer, once there is one", async () => {
    const plan = await planOf("prod");
    const alb = only(plan, "awsx:lb:ApplicationLoadBalancer");
    const association = only(plan, associationType);
    assert.deepEqual(association.inputs, {
      resourceArn: alb.state["loadBalancer"].arn,
      webAclArn: only(plan, aclType).state["arn"],
    });
    for (const { urn, name } of [alb, only(plan, aclType)]) {
      assert.ok(association.options.dependencies.includes(urn), `the association waits for ${name}`);
    }
  });

  it("logs what it blocks or would block, in a group whose name it demands, without keys and cookies", async () => {
    const plan = await planOf("prod");
    const group = only(plan, "aws:cloudwatch/logGroup:LogGroup", "web-firewall-log");
    assert.deepEqual(group.inputs, {
      name: "aws-waf-logs-accounts-prod",
      kmsKeyId: only(plan, "aws:kms/key:Key").state["arn"],
      retentionInDays: 365,
    });
    const logging = only(plan, loggingType);
    assert.deepEqual(logging.inputs, {
      resourceArn: only(plan, aclType).state["arn"],
      logDestinationConfigs: ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-accounts-prod"],
      redactedFields: [{ singleHeader: { name: "authorization" } }, { singleHeader: { name: "cookie" } }],
      loggingFilter: {
        defaultBehavior: "DROP",
        filters: [{
          behavior: "KEEP",
          requirement: "MEETS_ANY",
          conditions: [{ actionCondition: { action: "BLOCK" } }, { actionCondition: { action: "COUNT" } }],
        }],
      },
    });
    assert.ok(logging.options.dependencies.includes(group.urn), "the log waits for its group, or AWS would make one");
  });
});
