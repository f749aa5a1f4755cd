import type { Stack } from "../account";
import { allow, arns, owned, ownedOrNew, requested, type Statement } from "../document";
import { balancerArns, budgetArn, dashboardArn, eventRuleArns, webAclArns } from "./read";

/** Alarms and whom they call, and what stands at the door: certificate, name and web firewall. */
export function watchRights(stack: Stack): Statement[] {
  const { name } = stack;
  const topics = arns("sns", stack, `accounts-${name}-*`);
  return [
    // An alarm may call the stack's own topic, but stop no instance and run no function.
    allow("Alarms", ["cloudwatch:PutMetricAlarm"], arns("cloudwatch", stack, `alarm:accounts-${name}-*`),
      { "ForAllValues:StringLike": { "cloudwatch:AlarmActions": topics } }),
    allow("ChangeAlarms", [
      "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard", "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ], [...arns("cloudwatch", stack, `alarm:accounts-${name}-*`), dashboardArn(stack)]),
    allow("Topics", [
      "sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
      "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
    ], topics),
    allow("Events", [
      "events:DeleteRule", "events:DisableRule", "events:EnableRule", "events:PutRule", "events:RemoveTargets",
      "events:TagResource", "events:UntagResource",
    ], eventRuleArns(stack)),
    allow("EventsToOwnTopic", ["events:PutTargets"], eventRuleArns(stack),
      { "ForAllValues:ArnLike": { "events:TargetArn": topics } }),
    allow("Budget", ["budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource"], budgetArn(stack)),
    ...stack.domainName === "" ? [] : domainRights(stack),
    ...stack.webFirewall ? firewallRights(stack) : [],
  ];
}

function domainRights(stack: Stack): Statement[] {
  const { domainName } = stack;
  const certificates = arns("acm", stack, "certificate/*");
  return [
    // IAM knows no resource for a certificate that is not there yet.
    allow("MakeCertificate", ["acm:RequestCertificate"], "*", requested(stack),
      { "ForAllValues:StringEquals": { "acm:DomainNames": [domainName] } }),
    allow("TagCertificate", ["acm:AddTagsToCertificate"], certificates, requested(stack), ownedOrNew(stack)),
    allow("ChangeCertificate", [
      "acm:AddTagsToCertificate", "acm:DeleteCertificate", "acm:RemoveTagsFromCertificate", "acm:UpdateCertificateOptions",
    ], certificates, owned(stack)),
    // The name itself, and the one by which ACM sees that it is ours; nothing else of the zone, whichever it is.
    allow("OwnName", ["route53:ChangeResourceRecordSets"], "arn:aws:route53:::hostedzone/*", {
      "ForAllValues:StringLike": {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [domainName, `_*.${domainName}`],
      },
    }),
  ];
}

function firewallRights(stack: Stack): Statement[] {
  return [
    allow("Firewall", [
      "wafv2:AssociateWebACL", "wafv2:CreateWebACL", "wafv2:DeleteLoggingConfiguration", "wafv2:DeleteWebACL",
      "wafv2:DisassociateWebACL", "wafv2:PutLoggingConfiguration", "wafv2:TagResource", "wafv2:UntagResource", "wafv2:UpdateWebACL",
    ], [...webAclArns(stack), ...balancerArns(stack), ...arns("wafv2", stack, "regional/managedruleset/*/*")]),
    // IAM knows no resource for these: which balancer, AWS WAF asks itself; the rest lets it write to its log group.
    allow("FirewallAtTheDoor", [
      "elasticloadbalancing:SetWebAcl", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies",
      "logs:PutResourcePolicy",
    ], "*"),
  ];
}
