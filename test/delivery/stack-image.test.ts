import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join, sep } from "node:path";

import { withStack } from "../../delivery/image/stack-image";
import { projectFolder } from "../../offline/stack-file";

describe("what Pulumi is told of a stack", () => {
  const told = (stack: string, image?: string) => withStack(stack, image, async (args) => [...args]);
  const policies = ["--policy-pack", join(projectFolder, "policy")];

  it("is under which policies it is, in previews and updates alike, whatever runs", async () => {
    const image = `example.com/accounts@sha256:${"a".repeat(64)}`;
    for (const args of [await told("dev"), await told("dev", image), await told("pr-7", image)]) {
      const at = args.indexOf("--policy-pack");
      assert.deepEqual(args.slice(at, at + 2), policies, args.join(" "));
    }
    assert.ok(existsSync(join(projectFolder, "policy", "PulumiPolicy.yaml")));
  });

  it("is the image, of a copy of the stack's file that is gone afterwards", async () => {
    const args = await told("dev", "image");

    const copy = args[args.indexOf("--config-file") + 1] ?? "";
    assert.deepEqual(args.slice(-2), ["--config", "accounts:image=image"]);
    assert.match(copy, /Pulumi\.dev\.yaml$/);
    assert.ok(!copy.startsWith(projectFolder + sep) && !existsSync(copy), copy);
  });
});
