import { checked, defined, type Child, type Expansion, type Inputs, type Make } from "./component";
import { subnetLayout, type Subnet, type SubnetSpec } from "./subnet-layout";

/** The arguments of `awsx.ec2.Vpc` of which it is known here what follows. */
interface VpcArgs {
  readonly cidrBlock: string;
  readonly availabilityZoneNames: readonly string[];
  readonly availabilityZoneCidrMask: number;
  readonly subnetStrategy: string;
  readonly subnetSpecs: readonly SubnetSpec[];
  readonly natGateways: { readonly strategy: string };
  readonly enableDnsSupport?: boolean;
  readonly enableDnsHostnames?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What the subnets of a VPC share. */
interface Surroundings {
  readonly make: Make;
  readonly name: string;
  readonly tags: VpcArgs["tags"];
  readonly vpc: Child;
  readonly gateway: Child;
  readonly strategy: string;
  /** Of the zones so far. */
  readonly nats: Child[];
}

/** A VPC with subnets of each spec in each zone, their route tables, and the gateways of the public ones. */
export const vpc: Expansion = ({ name, inputs }, make) => {
  const { availabilityZoneNames, availabilityZoneCidrMask, subnetStrategy, subnetSpecs, natGateways, tags, ...own } =
    checked<VpcArgs>(`awsx.ec2.Vpc ${name}`, inputs, {
      cidrBlock: "needed",
      availabilityZoneNames: "needed",
      availabilityZoneCidrMask: "needed",
      subnetStrategy: "needed",
      subnetSpecs: "needed",
      natGateways: "needed",
      enableDnsSupport: "optional",
      enableDnsHostnames: "optional",
      tags: "optional",
    });
  if (subnetStrategy !== "Auto") {
    throw new Error(`offline/awsx lays out subnets by the strategy Auto only, but ${name} has ${subnetStrategy}`);
  }
  const shared = { Name: name, ...tags };
  const vpc = make("aws:ec2/vpc:Vpc", name, defined({ ...own, tags: shared }));
  const gateway = make("aws:ec2/internetGateway:InternetGateway", name, { vpcId: vpc.id, tags: shared }, vpc);
  const around: Surroundings = { make, name, tags, vpc, gateway, strategy: natGateways.strategy, nats: [] };

  const layout = subnetLayout(own.cidrBlock, availabilityZoneNames, availabilityZoneCidrMask, subnetSpecs);
  const made = availabilityZoneNames.flatMap((zone) => layout.filter((subnet) => subnet.zone === zone)
    .toSorted((a, b) => tier(a) - tier(b))
    .map((subnet) => makeSubnet(subnet, around)));
  const idsOf = (type: string) => made.filter(({ spec }) => spec.type === type).map(({ subnet }) => subnet.id);
  return {
    vpcId: vpc.id,
    publicSubnetIds: idsOf("Public"),
    privateSubnetIds: idsOf("Private"),
    isolatedSubnetIds: idsOf("Isolated"),
    routeTables: made.map(({ routeTable }) => ({ id: routeTable.id })),
  };
};

/** The public subnets come first: the NAT gateways that private ones send to are in them. */
const tier = ({ spec }: Subnet): number => ["Public", "Private", "Isolated"].indexOf(spec.type);

function makeSubnet({ spec, zone, number, cidrBlock }: Subnet, around: Surroundings) {
  const { make, vpc, tags: shared, strategy, nats } = around;
  const name = `${around.name}-${spec.name}-${number}`;
  const tags = { ...shared, Name: name, SubnetType: spec.type };
  const subnet = make("aws:ec2/subnet:Subnet", name, {
    vpcId: vpc.id,
    availabilityZone: zone,
    mapPublicIpOnLaunch: spec.type === "Public",
    cidrBlock,
    assignIpv6AddressOnCreation: false,
    tags,
  }, vpc);
  const routeTable = make("aws:ec2/routeTable:RouteTable", name, { vpcId: vpc.id, tags }, subnet);
  make("aws:ec2/routeTableAssociation:RouteTableAssociation", name, {
    routeTableId: routeTable.id, subnetId: subnet.id,
  }, routeTable);
  if (spec.type === "Public" && (strategy === "OnePerAz" || (strategy === "Single" && nats.length === 0))) {
    nats.push(natGateway(`${around.name}-${number}`, subnet, around));
  }
  const out = wayOut(spec, number, around);
  if (out !== undefined) {
    make("aws:ec2/route:Route", name, {
      routeTableId: routeTable.id, ...out, destinationCidrBlock: "0.0.0.0/0",
    }, routeTable);
  }
  return { spec, subnet, routeTable };
}

function natGateway(name: string, subnet: Child, { make, tags }: Surroundings): Child {
  const named = { tags: { ...tags, Name: name } };
  const address = make("aws:ec2/eip:Eip", name, named, subnet);
  return make("aws:ec2/natGateway:NatGateway", name, {
    subnetId: subnet.id, allocationId: address.state["allocationId"], ...named,
  }, subnet);
}

/** Through what a subnet's table sends what is for the internet; undefined where there is no way. */
function wayOut({ type }: SubnetSpec, number: number, { strategy, gateway, nats }: Surroundings): Inputs | undefined {
  if (type === "Public") {
    return { gatewayId: gateway.id };
  }
  return type === "Private" && strategy !== "None"
    ? { natGatewayId: nats[strategy === "Single" ? 0 : number - 1]?.id } : undefined;
}
