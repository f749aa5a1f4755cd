import * as assert from "node:assert/strict";

import { subnetLayout, type SubnetSpec } from "../../../offline/awsx/subnet-layout";

const spec = (name: string, cidrMask: number): SubnetSpec => ({ name, type: "Private", cidrMask });
const blocks = (cidrBlock: string, zones: string[], zoneMask: number, specs: SubnetSpec[]) =>
  subnetLayout(cidrBlock, zones, zoneMask, specs)
    .map((subnet) => `${subnet.zone}${subnet.number} ${subnet.spec.name} ${subnet.cidrBlock}`);

describe("subnetLayout", () => {
  it("gives each zone the next slice, and in it each spec the next range of its size", () => {
    assert.deepEqual(blocks("10.20.0.0/16", ["a", "b"], 18, [spec("x", 20), spec("y", 22), spec("z", 22)]), [
      "a1 x 10.20.0.0/20", "a1 y 10.20.16.0/22", "a1 z 10.20.20.0/22",
      "b2 x 10.20.64.0/20", "b2 y 10.20.80.0/22", "b2 z 10.20.84.0/22",
    ]);
  });

  it("leaves a gap where a larger range would not begin at a multiple of its size", () => {
    assert.deepEqual(blocks("10.20.0.0/16", ["a"], 18, [spec("x", 24), spec("y", 20), spec("z", 23)]),
      ["a1 x 10.20.0.0/24", "a1 y 10.20.16.0/20", "a1 z 10.20.32.0/23"]);
  });

  it("renumbers nothing when a zone is added", () => {
    const specs = [spec("x", 20), spec("y", 22)];
    const two = blocks("10.20.0.0/16", ["a", "b"], 18, specs);
    const three = blocks("10.20.0.0/16", ["a", "b", "c"], 18, specs);
    assert.deepEqual(three.slice(0, two.length), two);
  });

  it("reaches to the last address", () => {
    assert.deepEqual(blocks("255.255.0.0/16", ["a", "b"], 17, [spec("x", 17)]), ["a1 x 255.255.0.0/17", "b2 x 255.255.128.0/17"]);
  });

  it("refuses subnets that do not fit into a zone's slice", () => {
    assert.throws(() => blocks("10.20.0.0/16", ["a"], 18, [spec("x", 19), spec("y", 19), spec("z", 24)]), {
      message: "the z subnet of a would be 10.20.64.0/24, but the zone has 10.20.0.0/18 of the VPC's 10.20.0.0/16: " +
        "make subnets or the zones' slices smaller",
    });
  });

  it("refuses a zone for which the VPC has no slice left", () => {
    assert.throws(() => blocks("10.20.0.0/16", ["a", "b", "c", "d", "e"], 18, [spec("x", 20)]), {
      message: "the x subnet of e would be 10.21.0.0/20, but the zone has 10.21.0.0/18 of the VPC's 10.20.0.0/16: " +
        "make subnets or the zones' slices smaller",
    });
  });
});
