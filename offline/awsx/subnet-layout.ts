/** One kind of subnet, of which each zone has one. */
export interface SubnetSpec {
  readonly name: string;
  readonly type: "Public" | "Private" | "Isolated";
  /** How many bits of an address the subnet fixes: 20 for a /20. */
  readonly cidrMask: number;
}

export interface Subnet {
  readonly spec: SubnetSpec;
  readonly zone: string;
  /** Of the zone, from 1. */
  readonly number: number;
  readonly cidrBlock: string;
}

interface Range {
  readonly start: number;
  readonly mask: number;
}

const size = (mask: number): number => 2 ** (32 - mask);

/**
 * The addresses that awsx's strategy Auto gives to subnets: each zone has the next slice of the VPC, and in it each
 * spec, in the order given, the first range of its size behind the one before.
 */
export function subnetLayout(
  cidrBlock: string, zones: readonly string[], zoneMask: number, specs: readonly SubnetSpec[],
): Subnet[] {
  const vpc = parse(cidrBlock);
  return zones.flatMap((zone, index) => {
    const slice = { start: vpc.start + index * size(zoneMask), mask: zoneMask };
    let next = slice.start;
    return specs.map((spec) => {
      const start = Math.ceil(next / size(spec.cidrMask)) * size(spec.cidrMask);
      next = start + size(spec.cidrMask);
      const subnet = { spec, zone, number: index + 1, cidrBlock: print({ start, mask: spec.cidrMask }) };
      if (next > slice.start + size(zoneMask) || next > vpc.start + size(vpc.mask)) {
        throw new Error(`the ${spec.name} subnet of ${zone} would be ${subnet.cidrBlock}, but the zone has ` +
          `${print(slice)} of the VPC's ${cidrBlock}: make subnets or the zones' slices smaller`);
      }
      return subnet;
    });
  });
}

function parse(cidrBlock: string): Range {
  const [address = "", mask] = cidrBlock.split("/");
  return { start: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), mask: Number(mask) };
}

function print({ start, mask }: Range): string {
  const parts = [24, 16, 8, 0].map((bits) => Math.floor(start / 2 ** bits) % 256);
  return `${parts.join(".")}/${mask}`;
}
