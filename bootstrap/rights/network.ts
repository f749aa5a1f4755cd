import type { Stack } from "../account";
import { allow, arns, owned, ownedOrNew, requested, type Statement } from "../document";

/** The VPC with all that is in it, and the load balancer: AWS names them, so that their tags say whose they are. */
export function networkRights(stack: Stack): Statement[] {
  const ec2 = (...kinds: string[]) => arns("ec2", stack, ...kinds.map((kind) => `${kind}/*`));
  return [
    allow("Make", makes, ec2(...made), requested(stack)),
    allow("MakeIn", [...makes.filter((action) => !madeOfNothing.includes(action)), ...changes], arns("ec2", stack, "*"), owned(stack)),
    allow("TagWhatIsMade", ["ec2:CreateTags"], ec2(...made), requested(stack),
      { StringEquals: { "ec2:CreateAction": makes.map((action) => action.replace("ec2:", "")) } }),
    // AWS makes the default group of a VPC, without tags.
    allow("AdoptDefaultGroup", ["ec2:CreateTags"], ec2("security-group"), requested(stack), ownedOrNew(stack)),
    allow("EndpointsByName", ["route53:AssociateVPCWithHostedZone"], "arn:aws:route53:::hostedzone/*"),
    ...balancerRights(stack),
  ];
}

const madeOfNothing = ["ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateVpc"];

const makes = [
  ...madeOfNothing, "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs",
  "ec2:CreateNatGateway", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpcEndpoint",
];

const made = [
  "elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "security-group-rule", "subnet", "vpc",
  "vpc-endpoint", "vpc-flow-log",
];

const changes = [
  "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:CreateRoute", "ec2:CreateTags", "ec2:DeleteFlowLogs",
  "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable", "ec2:DeleteSecurityGroup",
  "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints", "ec2:DetachInternetGateway",
  "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute",
  "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation",
  "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
];

function balancerRights(stack: Stack): Statement[] {
  const balancer = (...kinds: string[]) => arns("elasticloadbalancing", stack, ...kinds.map((kind) => `${kind}/*`));
  const kinds = balancer("loadbalancer/app", "listener/app", "targetgroup");
  return [
    allow("MakeBalancer", ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"],
      balancer("loadbalancer/app", "targetgroup"), requested(stack)),
    allow("TagBalancer", ["elasticloadbalancing:AddTags"], kinds, requested(stack),
      { StringEquals: { "elasticloadbalancing:CreateAction": ["CreateListener", "CreateLoadBalancer", "CreateTargetGroup"] } }),
    allow("ChangeBalancer", [
      "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteListener",
      "elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyListener",
      "elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:ModifyLoadBalancerAttributes",
      "elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes",
      "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetSecurityGroups",
      "elasticloadbalancing:SetSubnets",
    ], kinds, owned(stack)),
  ];
}
