import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkSettings } from "../environments/settings";
import type { Encryption } from "./encryption";
import { flowLog } from "./flow-log";
import { logGroupName, prefix } from "./names";
import type { RoleScope } from "./roles";

export interface NetworkArgs extends NetworkSettings, RoleScope {
  readonly availabilityZones: readonly string[];
  readonly encryption: Encryption;
  readonly logRetentionDays: number;
}

/** The VPC: public subnets for the load balancer, private ones for tasks, and for data isolated ones. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly cidrBlock: string;
  readonly publicSubnetIds: pulumi.Output<string[]>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  readonly isolatedSubnetIds: pulumi.Output<string[]>;
  /** The addresses of S3 in this region, from where image layers come. */
  readonly s3PrefixListId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Network", name, {}, opts);

    const vpc = new awsx.ec2.Vpc(name, {
      cidrBlock: args.cidrBlock,
      // Zone names and slices of a fixed size: another zone later takes the next slice and renumbers nothing.
      availabilityZoneNames: [...args.availabilityZones],
      availabilityZoneCidrMask: 18,
      subnetStrategy: "Auto",
      // Append only: awsx cuts subnets in this order, and an insertion would replace every one after it.
      subnetSpecs: [
        { name: "private", type: "Private", cidrMask: 20 },
        { name: "public", type: "Public", cidrMask: 22 },
        { name: "isolated", type: "Isolated", cidrMask: 22 },
      ],
      natGateways: { strategy: args.natGateways },
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: prefix },
    }, { parent: this, transforms: [withoutPublicAddresses] });

    // Every VPC is born with a group that lets its members talk to each other; without rules it lets nobody.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, {
      vpcId: vpc.vpcId,
      ingress: [],
      egress: [],
    }, { parent: this });

    // Image layers come from S3: through this endpoint they cost nothing, through the NAT gateway they would.
    const s3 = new aws.ec2.VpcEndpoint(`${name}-s3`, {
      vpcId: vpc.vpcId,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: vpc.routeTables.apply((tables) => pulumi.all(tables.map((table) => table.id))),
      policy: JSON.stringify(imageLayersOnly(args.region)),
    }, { parent: this });

    const { flowLogs: trafficType } = args;
    if (trafficType !== "none") {
      flowLog(`${name}-flow-log`, { ...args, vpcId: vpc.vpcId, trafficType, logGroupName: logGroupName(name) }, this);
    }

    this.vpcId = vpc.vpcId;
    this.cidrBlock = args.cidrBlock;
    this.publicSubnetIds = vpc.publicSubnetIds;
    this.privateSubnetIds = vpc.privateSubnetIds;
    this.isolatedSubnetIds = vpc.isolatedSubnetIds;
    this.s3PrefixListId = s3.prefixListId;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}

/** ECR's own bucket, to read: into any other, a task that was taken over could carry data out. */
function imageLayersOnly(region: string): aws.iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [{
      Sid: "ImageLayers",
      Effect: "Allow",
      // ECR signs the addresses of layers for whoever may pull the image, so the caller is not one of this account.
      Principal: "*",
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::prod-${region}-starport-layer-bucket/*`,
    }],
  };
}

/**
 * awsx lets public subnets give each machine in them a public address. The load balancer and the NAT gateways have
 * theirs without that; whatever else is put there by mistake must not.
 */
export const withoutPublicAddresses: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "aws:ec2/subnet:Subnet" ? { props: { ...props, mapPublicIpOnLaunch: false }, opts } : undefined;
