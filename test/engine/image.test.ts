import { strict as assert } from "node:assert";

import { answerCall } from "../../offline/answers";
import { Scene } from "./scene";

interface ImageInputs {
  readonly imageName: string;
  readonly build: { readonly context: string; readonly dockerfile: string; readonly platform: string };
  readonly registry: { readonly server: string };
}

describe("the image that a stack builds", () => {
  let scene: Scene;

  before(async function () {
    scene = await Scene.open(this, { config: { "accounts:image": "" } });
    scene.account.migrateWith("");
    await scene.success((stack) => stack.up());
  });

  after(() => scene?.close());

  it("is pushed to the stack's repository under a tag of its content", () => {
    const { repositoryUrl } = scene.cloud.only("aws:ecr/repository:Repository", "image").properties;
    const { properties } = scene.cloud.only("docker:index/image:Image", "image");
    const { imageName, build, registry } = properties as unknown as ImageInputs;

    assert.match(imageName, /:[0-9a-f]{12,64}$/);
    assert.equal(imageName.slice(0, imageName.lastIndexOf(":")), repositoryUrl);
    assert.equal(registry.server, repositoryUrl);
    assert.equal(build.platform, "linux/arm64");
  });

  for (const name of ["migration", "service"]) {
    it(`runs by its digest as the ${name}`, () => {
      const { repoDigest } = scene.cloud.only("docker:index/image:Image", "image").properties;
      const { containerDefinitions } = scene.cloud.only("aws:ecs/taskDefinition:TaskDefinition", name).properties;
      const [container] = JSON.parse(String(containerDefinitions)) as { image: string }[];

      assert.match(String(repoDigest), /@sha256:[0-9a-f]{64}$/);
      assert.equal(container?.image, repoDigest);
    });
  }

  it("leaves no password in the state that anyone could read", () => {
    const { password } = answerCall("aws:ecr/getAuthorizationToken:getAuthorizationToken", {});
    const { state } = scene.stack;

    assert.match(state, /"docker:index\/image:Image"/);
    assert.ok(!state.includes(String(password)), "the registry's password is readable in the state");
  });
});
