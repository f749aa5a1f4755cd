import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkSettings } from "../environments/settings";
import { prefix } from "./names";
import type { Network } from "./network";

export const databasePort = 5432;

type Group = aws.ec2.SecurityGroup;

export interface FirewallArgs extends Pick<NetworkSettings, "interfaceEndpoints" | "natGateways"> {
  readonly network: Network;
  readonly servicePort: number;
  /** Whether clients may come with HTTPS; port 80 is open in any case, to serve or to redirect. */
  readonly https: boolean;
}

/** Who may open a connection to whom. Read top to bottom, this is the path of a request. */
export class Firewall extends pulumi.ComponentResource {
  readonly loadBalancer: Group;
  readonly service: Group;
  readonly migration: Group;
  readonly database: Group;
  /** Only where there are endpoints: AWS's APIs are inside the VPC then. */
  readonly endpoints: Group | undefined;

  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Firewall", name, {}, opts);

    const group = (role: string, description: string) => new aws.ec2.SecurityGroup(`${name}-${role}`, {
      vpcId: args.network.vpcId,
      description,
      tags: { Name: `${prefix}-${role}` },
    }, { parent: this });
    this.loadBalancer = group("load-balancer", "Takes requests from the internet");
    this.service = group("service", "Takes requests from the load balancer");
    this.migration = group("migration", "Takes nothing; changes the schema of the database");
    this.database = group("database", "Takes queries from the service and the migration");
    this.endpoints = args.interfaceEndpoints.length === 0 ? undefined
      : group("endpoints", "Takes calls to AWS APIs from the service and the migration");

    const { loadBalancer, service, migration, database } = this;
    if (args.https) {
      this.admitInternet(`${name}-https`, loadBalancer, 443, "HTTPS from clients");
    }
    this.admitInternet(`${name}-http`, loadBalancer, 80, args.https ? "HTTP, to be redirected" : "HTTP from clients");
    this.allow(`${name}-requests`, "Requests and health checks", loadBalancer, service, args.servicePort);
    this.allow(`${name}-queries`, "Queries of the service", service, database, databasePort);
    this.allow(`${name}-schema`, "Changes of the schema", migration, database, databasePort);
    for (const [role, from] of Object.entries({ service, migration })) {
      this.allowAws(`${name}-${role}`, from, args);
    }
    this.registerOutputs({});
  }

  private admitInternet(name: string, to: Group, port: number, description: string): void {
    new aws.vpc.SecurityGroupIngressRule(`${name}-in`, {
      securityGroupId: to.id,
      cidrIpv4: "0.0.0.0/0",
      ...tcp(port),
      description,
    }, { parent: this });
  }

  /** Both halves of one connection: out of `from`, into `to`. */
  private allow(name: string, description: string, from: Group, to: Group, port: number): void {
    new aws.vpc.SecurityGroupEgressRule(`${name}-out`, {
      securityGroupId: from.id,
      referencedSecurityGroupId: to.id,
      ...tcp(port),
      description,
    }, { parent: this });
    new aws.vpc.SecurityGroupIngressRule(`${name}-in`, {
      securityGroupId: to.id,
      referencedSecurityGroupId: from.id,
      ...tcp(port),
      description,
    }, { parent: this });
  }

  /** AWS's APIs have no fixed addresses, so through a NAT gateway any must do; only TLS leaves. */
  private allowAws(name: string, from: Group, { network, natGateways }: FirewallArgs): void {
    const apis = "AWS APIs: secrets, parameters, logs, image manifests";
    if (natGateways !== "None") {
      new aws.vpc.SecurityGroupEgressRule(`${name}-aws-out`, {
        securityGroupId: from.id,
        cidrIpv4: "0.0.0.0/0",
        ...tcp(443),
        description: apis,
      }, { parent: this });
    }
    if (this.endpoints !== undefined) {
      this.allow(`${name}-endpoints`, apis, from, this.endpoints, 443);
    }
    new aws.vpc.SecurityGroupEgressRule(`${name}-s3-out`, {
      securityGroupId: from.id,
      prefixListId: network.s3PrefixListId,
      ...tcp(443),
      description: "Image layers from S3 through its gateway endpoint",
    }, { parent: this });
  }
}

function tcp(port: number) {
  return { ipProtocol: "tcp", fromPort: port, toPort: port };
}
