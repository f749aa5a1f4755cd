import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import type { LoadBalancerSettings } from "../environments/settings";
import { accessLogs } from "./access-logs";
import type { Alerts } from "./alerts";
import type { Firewall } from "./firewall";
import { listeners } from "./listeners";
import type { Network } from "./network";
import type { RoleScope } from "./roles";
import { rollbackAlarms } from "./rollback-alarms";

export interface LoadBalancerArgs extends LoadBalancerSettings, RoleScope {
  readonly alerts: Alerts;
  readonly network: Network;
  readonly firewall: Firewall;
  readonly servicePort: number;
  /** Whether the service has a page for people, which a strict header of the listener would break. */
  readonly apiPage: boolean;
  /** Empty for plain HTTP. */
  readonly domainName: string;
  readonly hostedZone: string;
}

type Balancer = pulumi.Output<aws.lb.LoadBalancer>;

/** What clients call. It sends each request to a healthy task. */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  /** `undefined` for plain HTTP. */
  readonly certificateArn: pulumi.Output<string> | undefined;
  /** As CloudWatch's metrics know the two. */
  readonly dimensions: { LoadBalancer: pulumi.Output<string>; TargetGroup: pulumi.Output<string> };
  /** Names of the alarms that take a deployment back. */
  readonly rollbackAlarms: pulumi.Output<string>[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:LoadBalancer", name, {}, opts);

    const zone = args.domainName === "" ? undefined
      : aws.route53.getZoneOutput({ name: args.hostedZone, privateZone: false }, { parent: this });
    this.certificateArn = zone && this.certificate(name, args.domainName, zone.zoneId);
    const logs = this.accessLogs(name, args);
    const alb = new awsx.lb.ApplicationLoadBalancer(name, {
      subnetIds: args.network.publicSubnetIds,
      securityGroups: [args.firewall.loadBalancer.id],
      defaultTargetGroup: targetGroup(args),
      listeners: listeners({ certificateArn: this.certificateArn, apiPage: args.apiPage }),
      idleTimeout: args.idleTimeoutSeconds,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "strictest",
      enableDeletionProtection: args.deletionProtection,
      // Lets AWS, or a person, take a failing zone out of the traffic.
      enableZonalShift: true,
      ...logs && { accessLogs: { enabled: true, bucket: logs.bucketName } },
    }, { parent: this, dependsOn: logs ? [logs.ready] : [] });
    if (zone) {
      this.alias(name, args.domainName, zone.zoneId, alb.loadBalancer);
    }

    const host = args.domainName === "" ? alb.loadBalancer.dnsName : args.domainName;
    this.url = pulumi.interpolate`${zone ? "https" : "http"}://${host}`;
    this.arn = alb.loadBalancer.arn;
    this.targetGroupArn = alb.defaultTargetGroup.arn;
    this.dimensions = {
      LoadBalancer: alb.loadBalancer.arnSuffix,
      TargetGroup: alb.defaultTargetGroup.arnSuffix,
    };
    this.rollbackAlarms = rollbackAlarms(`${name}-rollback`, {
      ...args.rollback, alerts: args.alerts, dimensions: this.dimensions,
    }, this).map((alarm) => alarm.name);
    this.registerOutputs({ url: this.url });
  }

  private accessLogs(name: string, { accessLogDays: days, deletionProtection: protect, ...scope }: LoadBalancerArgs) {
    return days === 0 ? undefined : accessLogs(`${name}-logs`, { ...scope, days, protect }, this);
  }

  /** ARN of the certificate once the domain's DNS has proven that it is ours; nothing may use it earlier. */
  private certificate(name: string, domainName: string, zoneId: pulumi.Output<string>): pulumi.Output<string> {
    const certificate = new aws.acm.Certificate(`${name}-certificate`, {
      domainName,
      validationMethod: "DNS",
    }, { parent: this });
    const proof = certificate.domainValidationOptions.apply(([option]) => {
      if (option === undefined) {
        throw new pulumi.ResourceError(`ACM asks for no DNS record to validate ${domainName}`, certificate);
      }
      return option;
    });
    const record = new aws.route53.Record(`${name}-validation`, {
      zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 60,
      // ACM asks every certificate of one name for the same record.
      allowOverwrite: true,
    }, { parent: this });
    return new aws.acm.CertificateValidation(`${name}-validation`, {
      certificateArn: certificate.arn,
      validationRecordFqdns: [record.fqdn],
    }, { parent: this, customTimeouts: { create: "15m" } }).certificateArn;
  }

  private alias(name: string, domainName: string, zoneId: pulumi.Output<string>, alb: Balancer): void {
    new aws.route53.Record(`${name}-alias`, {
      zoneId,
      name: domainName,
      type: "A",
      aliases: [{ name: alb.dnsName, zoneId: alb.zoneId, evaluateTargetHealth: true }],
    }, { parent: this });
  }
}

function targetGroup({ network, servicePort, deregistrationDelaySeconds, healthCheck }: LoadBalancerArgs) {
  return {
    vpcId: network.vpcId,
    port: servicePort,
    protocol: "HTTP",
    targetType: "ip",
    deregistrationDelay: deregistrationDelaySeconds,
    healthCheck: {
      path: healthCheck.path,
      matcher: "200",
      interval: healthCheck.intervalSeconds,
      timeout: healthCheck.timeoutSeconds,
      healthyThreshold: healthCheck.healthyThreshold,
      unhealthyThreshold: healthCheck.unhealthyThreshold,
    },
  };
}
