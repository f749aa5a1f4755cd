import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { WebFirewallSettings } from "../environments/settings";
import type { Encryption } from "./encryption";
import type { LoadBalancer } from "./load-balancer";
import { prefix, webFirewallLogGroupName } from "./names";
import { tooManyRequests, webFirewallRules } from "./web-firewall-rules";

export interface WebFirewallArgs {
  readonly settings: WebFirewallSettings;
  readonly encryption: Encryption;
  readonly loadBalancer: LoadBalancer;
  readonly logRetentionDays: number;
}

/** AWS WAF before the load balancer: what it turns away never reaches a task, and leaves a line in a log. */
export class WebFirewall extends pulumi.ComponentResource {
  constructor(name: string, args: WebFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:WebFirewall", name, {}, opts);

    if (args.settings !== "none") {
      const { requestsPerFiveMinutes } = args.settings;
      const acl = new aws.wafv2.WebAcl(name, {
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        customResponseBodies: [tooManyRequests(requestsPerFiveMinutes)],
        rules: webFirewallRules(requestsPerFiveMinutes),
        visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: prefix, sampledRequestsEnabled: false },
      }, { parent: this });
      this.log(name, acl, args);
      new aws.wafv2.WebAclAssociation(name, {
        resourceArn: args.loadBalancer.arn,
        webAclArn: acl.arn,
      }, { parent: this });
    }
    this.registerOutputs({});
  }

  /** What was blocked, and what would have been; without the keys of clients. */
  private log(name: string, acl: aws.wafv2.WebAcl, { encryption, logRetentionDays }: WebFirewallArgs): void {
    const logGroup = new aws.cloudwatch.LogGroup(`${name}-log`, {
      name: webFirewallLogGroupName,
      kmsKeyId: encryption.keyArn,
      retentionInDays: logRetentionDays,
    }, { parent: this });
    new aws.wafv2.WebAclLoggingConfiguration(`${name}-log`, {
      resourceArn: acl.arn,
      logDestinationConfigs: [logGroup.arn],
      redactedFields: ["authorization", "cookie"].map((header) => ({ singleHeader: { name: header } })),
      loggingFilter: {
        defaultBehavior: "DROP",
        filters: [{
          behavior: "KEEP",
          requirement: "MEETS_ANY",
          conditions: ["BLOCK", "COUNT"].map((action) => ({ actionCondition: { action } })),
        }],
      },
    }, { parent: this });
  }
}
