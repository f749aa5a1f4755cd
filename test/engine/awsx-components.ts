import * as aws from "@pulumi/aws";
import type * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { main } from "@pulumi/pulumi/provider";

/**
 * A process that stands in for awsx's plugin: it makes the children that awsx makes, under their parents and names, so
 * that the engine runs options and transforms down to them. Of their arguments it has those that tests look at; all are
 * in `offline/awsx/`, which can do with values, and here there are Outputs.
 */
type Construct = (name: string, args: pulumi.Inputs, parent: pulumi.Resource) => pulumi.Inputs;

const components: Record<string, Construct> = {
  "awsx:ec2:Vpc": vpc,
  "awsx:lb:ApplicationLoadBalancer": loadBalancer,
  "awsx:ecs:FargateService": fargateService,
};

function vpc(name: string, args: awsx.ec2.VpcArgs, parent: pulumi.Resource): pulumi.Inputs {
  const { cidrBlock, availabilityZoneNames = [], subnetSpecs = [] } = args;
  const strategy = args.natGateways?.strategy;
  const vpc = new aws.ec2.Vpc(name, { cidrBlock }, { parent });
  const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id }, { parent: vpc });
  const nats: aws.ec2.NatGateway[] = [];
  const publicFirst = [...subnetSpecs].sort((a, b) => Number(b.type === "Public") - Number(a.type === "Public"));
  const subnets = availabilityZoneNames.flatMap((availabilityZone, index) => publicFirst.map((spec) => {
    const subnetName = `${name}-${spec.name ?? spec.type.toLowerCase()}-${index + 1}`;
    const subnet = new aws.ec2.Subnet(subnetName, {
      vpcId: vpc.id, availabilityZone, mapPublicIpOnLaunch: spec.type === "Public",
    }, { parent: vpc });
    const routeTable = new aws.ec2.RouteTable(subnetName, { vpcId: vpc.id }, { parent: subnet });
    const ofTable = { routeTableId: routeTable.id };
    new aws.ec2.RouteTableAssociation(subnetName, { ...ofTable, subnetId: subnet.id }, { parent: routeTable });
    if (spec.type === "Public" && (strategy === "OnePerAz" || (strategy === "Single" && index === 0))) {
      nats.push(natGateway(`${name}-${index + 1}`, subnet));
    }
    const gatewayId = spec.type === "Public" ? gateway.id : undefined;
    const natGatewayId = spec.type === "Private" ? nats.at(-1)?.id : undefined;
    if (gatewayId !== undefined || natGatewayId !== undefined) {
      new aws.ec2.Route(subnetName, {
        ...ofTable, gatewayId, natGatewayId, destinationCidrBlock: "0.0.0.0/0",
      }, { parent: routeTable });
    }
    return { type: spec.type, id: subnet.id, routeTable };
  }));
  const idsOf = (type: string) => subnets.filter((subnet) => subnet.type === type).map(({ id }) => id);
  return {
    vpc,
    vpcId: vpc.id,
    publicSubnetIds: idsOf("Public"),
    privateSubnetIds: idsOf("Private"),
    isolatedSubnetIds: idsOf("Isolated"),
    routeTables: subnets.map(({ routeTable }) => routeTable),
  };
}

function natGateway(name: string, subnet: aws.ec2.Subnet): aws.ec2.NatGateway {
  const { allocationId } = new aws.ec2.Eip(name, {}, { parent: subnet });
  return new aws.ec2.NatGateway(name, { subnetId: subnet.id, allocationId }, { parent: subnet });
}

function loadBalancer(name: string, args: awsx.lb.ApplicationLoadBalancerArgs, parent: pulumi.Resource): pulumi.Inputs {
  const { defaultTargetGroup, listeners = [], ...own } = args;
  const loadBalancer = new aws.lb.LoadBalancer(name, own as aws.lb.LoadBalancerArgs, { parent });
  const targetGroup = new aws.lb.TargetGroup(name, defaultTargetGroup as aws.lb.TargetGroupArgs, { parent });
  return {
    loadBalancer,
    defaultTargetGroup: targetGroup,
    listeners: listeners.map(({ defaultActions, ...listener }, index) => new aws.lb.Listener(`${name}-${index}`, {
      ...listener,
      loadBalancerArn: loadBalancer.arn,
      defaultActions: pulumi.output(defaultActions)
        .apply((actions) => actions ?? [{ type: "forward", targetGroupArn: targetGroup.arn }]),
    }, { parent })),
  };
}

function fargateService(name: string, args: pulumi.Inputs, parent: pulumi.Resource): pulumi.Inputs {
  const { taskDefinitionArgs, ...own } = args;
  const { family, cpu, memory, runtimePlatform, executionRole, taskRole, container } = taskDefinitionArgs;
  const component = new pulumi.ComponentResource("awsx:ecs:FargateTaskDefinition", name, {}, { parent });
  const taskDefinition = new aws.ecs.TaskDefinition(name, {
    family,
    cpu,
    memory,
    runtimePlatform,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    executionRoleArn: executionRole.roleArn,
    taskRoleArn: taskRole.roleArn,
    containerDefinitions: pulumi.jsonStringify([container]),
  }, { parent: component });
  const service = new aws.ecs.Service(name, { ...own, taskDefinition: taskDefinition.arn }, { parent });
  return { service, taskDefinition };
}

void main({
  version: "99.0.0",
  construct: async (name, type, args, options) => {
    const construct = components[type];
    if (construct === undefined) {
      throw new Error(`${type} has no stand-in: add it to ${__filename}`);
    }
    const component = new pulumi.ComponentResource(type, name, {}, options);
    return { urn: component.urn, state: construct(name, args, component) };
  },
}, process.argv.slice(2));

// The other end closes when the tests end, however they end.
process.stdin.on("end", () => process.exit()).resume();
