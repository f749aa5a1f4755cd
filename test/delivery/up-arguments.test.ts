import { strict as assert } from "node:assert";

import { readUpArgs } from "../../delivery/deployment/up-arguments";

const digest = `sha256:${"a".repeat(64)}`;

describe("the words after `npm run up --`", () => {
  it("are a stack, an image by its digest, what was approved, the smoke test, and Pulumi's own", () => {
    assert.deepEqual(readUpArgs(["dev"]), { stack: "dev", image: undefined, approved: undefined, smoke: false, rest: [] });
    assert.deepEqual(readUpArgs(["dev", "--refresh", "--image", digest, "--approved", "anything", "--smoke", "--target", "x"]),
      { stack: "dev", image: digest, approved: "anything", smoke: true, rest: ["--refresh", "--target", "x"] });
    assert.equal(readUpArgs(["prod", "--approved", "0123456789abcdef"]).approved, "0123456789abcdef");
    assert.equal(readUpArgs(["dev", "--image", `registry.example.com/accounts@${digest}`]).image, `registry.example.com/accounts@${digest}`);
  });

  it("are refused without a stack, with an image that is not by its digest, and with an approval of nothing", () => {
    assert.throws(() => readUpArgs([]), /^Error: usage: npm run up -- <stack> .+, but got no stack$/);
    assert.throws(() => readUpArgs(["--image", digest]), /but got no stack/);
    for (const image of ["", "latest", "registry.example.com/accounts:latest", `${digest}0`]) {
      assert.throws(() => readUpArgs(["dev", "--image", image]), /^Error: usage: .+, but --image is "/);
    }
    assert.throws(() => readUpArgs(["dev", "--image"]), /but --image is ""/);
    for (const approved of ["", "true", "0123456789abcde", "0123456789abcdef0"]) {
      assert.throws(() => readUpArgs(["prod", "--approved", approved]), new RegExp(`^Error: usage: .+, but --approved is "${approved}"$`));
    }
  });
});
