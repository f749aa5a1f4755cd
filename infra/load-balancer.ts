import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import type { LoadBalancerSettings } from "../environments/settings";
import type { Firewall } from "./firewall";
import type { Network } from "./network";

export interface LoadBalancerArgs extends LoadBalancerSettings {
  readonly network: Network;
  readonly firewall: Firewall;
  readonly servicePort: number;
  /** Empty for plain HTTP. */
  readonly domainName: string;
  readonly hostedZone: string;
}

type Balancer = pulumi.Output<aws.lb.LoadBalancer>;

/** What clients call. It sends each request to a healthy task. */
export class LoadBalancer extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  readonly targetGroupArn: pulumi.Output<string>;
  /** As CloudWatch's metrics know the two. */
  readonly dimensions: { LoadBalancer: pulumi.Output<string>; TargetGroup: pulumi.Output<string> };

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:LoadBalancer", name, {}, opts);

    const zone = args.domainName === "" ? undefined
      : aws.route53.getZoneOutput({ name: args.hostedZone, privateZone: false }, { parent: this });
    const certificateArn = zone && this.certificate(name, args.domainName, zone.zoneId);
    const alb = new awsx.lb.ApplicationLoadBalancer(name, {
      subnetIds: args.network.publicSubnetIds,
      securityGroups: [args.firewall.loadBalancer.id],
      defaultTargetGroup: targetGroup(args),
      listeners: listeners(certificateArn),
      idleTimeout: args.idleTimeoutSeconds,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "strictest",
      enableDeletionProtection: args.deletionProtection,
    }, { parent: this });
    if (zone) {
      this.alias(name, args.domainName, zone.zoneId, alb.loadBalancer);
    }

    const host = args.domainName === "" ? alb.loadBalancer.dnsName : args.domainName;
    this.url = pulumi.interpolate`${zone ? "https" : "http"}://${host}`;
    this.targetGroupArn = alb.defaultTargetGroup.arn;
    this.dimensions = {
      LoadBalancer: alb.loadBalancer.arnSuffix,
      TargetGroup: alb.defaultTargetGroup.arnSuffix,
    };
    this.registerOutputs({ url: this.url });
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

/** Port 80 stays first: awsx names listeners by their place, and a moved one would be made before its port is free. */
function listeners(certificateArn: pulumi.Output<string> | undefined): awsx.types.input.lb.ListenerArgs[] {
  if (certificateArn === undefined) {
    return [{ port: 80, protocol: "HTTP" }];
  }
  return [
    {
      port: 80,
      protocol: "HTTP",
      defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
    },
    {
      port: 443,
      protocol: "HTTPS",
      certificateArn,
      // TLS 1.3, and 1.2 with forward secrecy only.
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    },
  ];
}
