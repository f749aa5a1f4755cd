import * as assert from "node:assert/strict";

import { contentHash } from "../../infra/content-hash";
import type { Plan } from "../../offline/render";
import { all, childrenOf, containerOf, labels, list, only, planOf, requestsOf, statements } from "../example/plans";
import type { Request } from "../requests";

const repositoryType = "aws:ecr/repository:Repository";
const imageType = "docker:index/image:Image";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const shared = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/accounts@${digest}`;
const given = { config: { "accounts:image": shared } };

const parts = ["migration", "service"] as const;

/** The right to pull, of the execution role of a part. */
function pullRights(plan: Plan, part: (typeof parts)[number]) {
  const policies = all(plan, "aws:iam/rolePolicy:RolePolicy").filter(({ name }) => name.startsWith(`${part}-execution-`));
  assert.equal(policies.length, 1);
  return statements(policies[0]!.inputs["policy"]).filter(({ Action }) => list(Action).some((action) => action.startsWith("ecr:")));
}

const pullFrom = (repositoryArn: string) => [
  { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
  {
    Effect: "Allow",
    Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    Resource: repositoryArn,
  },
];

const ofRegistry = ({ kind, type }: Request) => kind === "call" && type.startsWith("aws:ecr/");

describe("Image", () => {
  describe("that is built", () => {
    for (const [stack, forceDelete] of [["dev", true], ["prod", false]] as const) {
      it(`goes to a repository of ${stack} whose tags never move`, async () => {
        assert.deepEqual(only(await planOf(stack), repositoryType).inputs, {
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfigurations: [{ encryptionType: "AES256" }],
          forceDelete,
        });
      });
    }

    for (const [stack, protect] of [["dev", false], ["prod", true]] as const) {
      it(`goes to a repository that is ${protect ? "" : "not "}protected from Pulumi in ${stack}`, async () => {
        assert.equal(only(await planOf(stack), repositoryType).options.protect, protect);
      });
    }

    for (const [stack, kept] of [["dev", 10], ["prod", 30]] as const) {
      it(`stays in the repository of ${stack} for a rollback until ${kept} newer ones are there`, async () => {
        const plan = await planOf(stack);
        const { repository, policy } = only(plan, "aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs;
        assert.equal(repository, only(plan, repositoryType).state["name"]);
        assert.deepEqual(JSON.parse(policy), {
          rules: [{
            rulePriority: 1,
            description: `Keep the last ${kept} images for a rollback`,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: kept },
            action: { type: "expire" },
          }],
        });
      });
    }

    it("is made of service/ for arm64, under a tag that follows the content", async () => {
      const plan = await planOf("dev");
      const { repositoryUrl } = only(plan, repositoryType).state;
      const { inputs } = only(plan, imageType);
      assert.deepEqual(inputs, {
        registry: inputs["registry"],
        imageName: `${repositoryUrl}:${contentHash("service", "arm64")}`,
        build: {
          context: "service",
          dockerfile: "service/Dockerfile",
          platform: "linux/arm64",
          builderVersion: "BuilderBuildKit",
        },
        buildOnPreview: false,
        skipPush: false,
      });
    });

    it("is pushed with a token that is a secret also in Pulumi's state", async () => {
      const plan = await planOf("dev");
      assert.deepEqual(only(plan, imageType).inputs["registry"], {
        server: only(plan, repositoryType).state["repositoryUrl"],
        username: "AWS",
        password: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "a token of twelve hours" },
      });
    });

    it("is pushed with a token of the repository's own registry", async () => {
      const requests = await requestsOf("dev");
      const calls = requests.filter(ofRegistry).map(({ type, inputs }) => ({ type, inputs }));
      assert.deepEqual(calls, [
        { type: "aws:ecr/getAuthorizationToken:getAuthorizationToken", inputs: { registryId: "123456789012" } },
      ]);
    });

    for (const part of parts) {
      it(`is what the ${part} runs, by digest`, async () => {
        const plan = await planOf("prod");
        assert.equal(containerOf(plan, part).image, only(plan, imageType).state["repoDigest"]);
      });

      it(`may be pulled for the ${part} from its repository and from no other`, async () => {
        const plan = await planOf("prod");
        assert.deepEqual(pullRights(plan, part), pullFrom(only(plan, repositoryType).state["arn"]));
      });
    }

    const architectures = { arm64: ["linux/arm64", "ARM64"], amd64: ["linux/amd64", "X86_64"] } as const;
    for (const architecture of ["arm64", "amd64"] as const) {
      it(`is for ${architecture} wherever that is said: image, migration and service, or tasks would not start`, async () => {
        const plan = await planOf("dev", { settings: { image: { architecture } } });
        const [platform, cpuArchitecture] = architectures[architecture];
        const runtimePlatform = { cpuArchitecture, operatingSystemFamily: "LINUX" };
        assert.deepEqual({
          image: only(plan, imageType).inputs["build"].platform,
          migration: only(plan, "aws:ecs/taskDefinition:TaskDefinition", "migration").inputs["runtimePlatform"],
          service: only(plan, "awsx:ecs:FargateService").inputs["taskDefinitionArgs"].runtimePlatform,
        }, { image: platform, migration: runtimePlatform, service: runtimePlatform });
      });
    }

    it("has another tag for another architecture, because an immutable tag cannot be pushed twice", async () => {
      const [arm64, amd64] = [await planOf("dev"), await planOf("dev", { settings: { image: { architecture: "amd64" } } })]
        .map((plan) => only(plan, imageType).inputs["imageName"]);
      assert.notEqual(arm64, amd64);
    });
  });

  describe("that is given by accounts:image", () => {
    it("makes nothing: no build, no repository, and no Docker provider, whose previews need a Docker daemon", async () => {
      assert.deepEqual(labels(childrenOf(await planOf("dev", given), "Image")), []);
    });

    it("asks for no token, because nothing is pushed", async () => {
      const requests = await requestsOf("dev", given);
      assert.deepEqual(requests.filter(ofRegistry), []);
    });

    for (const part of parts) {
      it(`is what the ${part} runs`, async () => {
        assert.equal(containerOf(await planOf("dev", given), part).image, shared);
      });

      it(`may be pulled for the ${part} from the repository it is in, and from no other`, async () => {
        assert.deepEqual(pullRights(await planOf("dev", given), part),
          pullFrom("arn:aws:ecr:eu-west-1:123456789012:repository/team/accounts"));
      });

      for (const repository of ["ghcr.io/example/accounts", "ghcr.io/123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts"]) {
        it(`needs no right of the ${part} when its registry is outside AWS: ${repository}`, async () => {
          const plan = await planOf("dev", { config: { "accounts:image": `${repository}@${digest}` } });
          assert.deepEqual(pullRights(plan, part), []);
        });
      }
    }

    it("may be in another account and region", async () => {
      const image = `210987654321.dkr.ecr.us-east-1.amazonaws.com/accounts@${digest}`;
      assert.deepEqual(pullRights(await planOf("dev", { config: { "accounts:image": image } }), "service"),
        pullFrom("arn:aws:ecr:us-east-1:210987654321:repository/accounts"));
    });

    const policyNames = async (image: string) => all(await planOf("dev", { config: { "accounts:image": image } }),
      "aws:iam/rolePolicy:RolePolicy").map(({ name }) => name);

    it("keeps the rights of the old repository until the rollout is over, by another name for the new ones", async () => {
      const before = await policyNames("");
      const after = await policyNames(shared);
      assert.deepEqual(before.filter((name) => !after.includes(name)).map((name) => name.replace(/[0-9a-f]{8}/, "<inputs>")),
        ["migration-execution-<inputs>-built", "service-execution-<inputs>-built"]);
    });

    it("keeps them too when the image is in another repository, another registry or another account than before", async () => {
      const repositories = [shared, shared.replace("team/", "others/"), shared.replace("eu-west-1", "eu-central-1"),
        shared.replace("123456789012", "210987654321")];
      const names = new Set<string>();
      for (const image of repositories) {
        (await policyNames(image)).filter((name) => name.startsWith("service-execution-")).forEach((name) => names.add(name));
      }
      assert.equal(names.size, repositories.length);
    });

    it("keeps the rights as they are when only the digest changes", async () => {
      assert.deepEqual(await policyNames(shared), await policyNames(shared.replace("0123", "4567")));
    });

    it("is the output that is promoted to the next environment", async () => {
      assert.equal((await planOf("dev", given)).outputs["imageUri"], shared);
    });
  });
});
