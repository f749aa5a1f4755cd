import { strict as assert } from "node:assert";

import { readUpArgs } from "../../delivery/deployment/up-arguments";

const digest = `sha256:${"a".repeat(64)}`;

describe("the words after `npm run up --`", () => {
  it("are a stack, an image by its digest, the smoke test, and Pulumi's own", () => {
    assert.deepEqual(readUpArgs(["dev"]), { stack: "dev", image: undefined, smoke: false, rest: [] });
    assert.deepEqual(readUpArgs(["dev", "--refresh", "--image", digest, "--smoke", "--target", "x"]),
      { stack: "dev", image: digest, smoke: true, rest: ["--refresh", "--target", "x"] });
    assert.equal(readUpArgs(["dev", "--image", `registry.example.com/accounts@${digest}`]).image, `registry.example.com/accounts@${digest}`);
  });

  it("are refused without a stack, and with an image that is not by its digest, or empty", () => {
    assert.throws(() => readUpArgs([]), /^Error: usage: npm run up -- <stack> .+, but got no stack$/);
    assert.throws(() => readUpArgs(["--image", digest]), /but got no stack/);
    for (const image of ["", "latest", "registry.example.com/accounts:latest", `${digest}0`]) {
      assert.throws(() => readUpArgs(["dev", "--image", image]), /^Error: usage: .+, but --image is "/);
    }
    assert.throws(() => readUpArgs(["dev", "--image"]), /but --image is ""/);
  });
});
