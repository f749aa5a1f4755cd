import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { NetworkSettings } from "../environments/settings";
import type { Firewall } from "./firewall";
import type { Network } from "./network";

export interface EndpointsArgs extends Pick<NetworkSettings, "interfaceEndpoints"> {
  readonly region: string;
  readonly accountId: string;
  readonly network: Network;
  readonly firewall: Firewall;
}

/** AWS's APIs inside the VPC, in every zone: tasks start and read their secrets also when no NAT gateway works. */
export class Endpoints extends pulumi.ComponentResource {
  constructor(name: string, args: EndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:infra:Endpoints", name, {}, opts);

    const { network, firewall: { endpoints: group } } = args;
    if (group !== undefined) {
      for (const api of args.interfaceEndpoints) {
        new aws.ec2.VpcEndpoint(`${name}-${api.replace(".", "-")}`, {
          vpcId: network.vpcId,
          serviceName: `com.amazonaws.${args.region}.${api}`,
          vpcEndpointType: "Interface",
          subnetIds: network.privateSubnetIds,
          securityGroupIds: [group.id],
          // The API's usual name leads here; without it all calls would still go through the NAT gateway.
          privateDnsEnabled: true,
          policy: JSON.stringify(callsOfThisAccount(args.accountId)),
        }, { parent: this });
      }
    }
    this.registerOutputs({});
  }
}

/** What the callers may do stands in their roles. Foreign credentials, with which data would leave, do nothing here. */
function callsOfThisAccount(accountId: string): aws.iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [{
      Sid: "CallsOfThisAccount",
      Effect: "Allow",
      Principal: "*",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "aws:PrincipalAccount": accountId } },
    }],
  };
}
