import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";

import { imageUri } from "../../delivery/image/uri";
import { imageRepository } from "../../delivery/names";
import { imagePlatforms, imageTag } from "../../delivery/publish-image";
import { delivery } from "../../delivery/settings";
import { placeOf } from "../../delivery/target";
import { startImageRepository, type ImageRepository } from "../../offline/stand-ins/image-repository";
import { ExampleProject } from "../example/project";
import { dockerCalls, installFakeDocker } from "./fake-docker";
import { npmRun } from "./shell";

describe("the image", function () {
  this.timeout(60_000);
  let project: ExampleProject;
  let folder: string;
  let docker: string;
  let repository: ImageRepository;
  let env: NodeJS.ProcessEnv;

  before(() => {
    project = new ExampleProject();
  });

  after(() => project.remove());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "accounts-image-test-"));
    docker = join(folder, "docker");
    installFakeDocker(docker);
    repository = await startImageRepository(imageRepository);
    env = {
      PATH: [folder, process.env.PATH].join(delimiter),
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ENDPOINT_URL_ECR: repository.url,
      AWS_ACCESS_KEY_ID: "build",
      AWS_SECRET_ACCESS_KEY: "stand-in",
      GITHUB_SHA: "c".repeat(40),
    };
  });

  afterEach(async () => {
    await repository.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const publish = () => npmRun("publish-image", [], { env, folder: project.folder });
  const promote = (digest: string) => npmRun("promote-image", [digest], { env, folder: project.folder });

  it("is built once of its content, for the architectures of all stacks, and pushed with SBOM and provenance", async () => {
    const { code, stdout, stderr } = await publish();

    assert.equal(code, 0, stderr);
    const digest = repository.tags.get(imageTag());
    assert.equal(stdout, `digest=${digest}\n`);
    const [call = [], ...others] = dockerCalls(docker);
    assert.deepEqual(others, []);
    assert.deepEqual(imagePlatforms(), ["linux/arm64"]);
    const shown = call.map((word, index) => call[index - 1] === "--metadata-file" ? "<file>"
      : word.replace(/@sha256:[0-9a-f]{64}$/, "@<digest>"));
    assert.deepEqual(shown, [
      "buildx", "build", join(project.folder, "service"),
      "--platform", "linux/arm64",
      "--tag", `123456789012.dkr.ecr.eu-west-1.amazonaws.com/accounts:${imageTag()}`,
      "--push",
      "--provenance", "mode=max",
      "--sbom", "generator=docker/buildkit-syft-scanner:stable-1@<digest>",
      "--build-arg", `SOURCE_COMMIT=${"c".repeat(40)}`,
      "--metadata-file", "<file>",
      "--progress", "plain",
    ]);
  });

  it("is not built again where it is there already", async () => {
    const first = await publish();

    const second = await publish();

    assert.equal(second.stdout, first.stdout);
    assert.match(second.stderr, /accounts:[0-9a-f]{16} is there already: it is not built again/);
    assert.equal(dockerCalls(docker).length, 1);
  });

  it("is not deployed without a digest: a build that fails is told by what docker said", async () => {
    rmSync(`${docker}.cjs`);

    const { code, stdout, stderr } = await publish();

    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /docker buildx build ended with 1, see above: no image was pushed/);
  });

  it("is not taken for missing where the registry refuses an answer", async () => {
    env["AWS_ENDPOINT_URL_ECR"] = "http://127.0.0.1:9";
    env["AWS_MAX_ATTEMPTS"] = "1";

    const { code, stderr } = await publish();

    assert.equal(code, 1);
    assert.match(stderr, /ECONNREFUSED/);
    assert.deepEqual(dockerCalls(docker), []);
  });

  it("is kept by a tag that may be set twice, under the digest that it had", async () => {
    const { stdout } = await publish();
    const digest = stdout.trim().replace("digest=", "");

    const once = await promote(digest);
    const twice = await promote(digest);

    assert.equal(once.code, 0, once.stderr);
    assert.equal(twice.code, 0, twice.stderr);
    assert.equal(repository.tags.get(`promoted-${digest.slice(7, 19)}`), digest);
  });

  it("is not kept by a tag that is another image's", async () => {
    const { stdout } = await publish();
    const digest = stdout.trim().replace("digest=", "");
    const tag = `promoted-${digest.slice(7, 19)}`;
    const registry = new ECRClient({ region: "eu-west-1", endpoint: repository.url, credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    await registry.send(new PutImageCommand({ repositoryName: imageRepository, imageManifest: "another", imageTag: tag }));

    const { code, stderr } = await promote(digest);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`the tag ${tag} is of ${repository.tags.get(tag)}, but should be of ${digest}`));
  });

  it("cannot be kept where it was never pushed, or by something that is no digest", async () => {
    const unknown = await promote(`sha256:${"0".repeat(64)}`);
    assert.match(unknown.stderr, /the repository accounts of account 123456789012 holds no image sha256:000/);
    assert.equal(unknown.code, 1);

    const empty = await promote("");
    assert.match(empty.stderr, /the image's digest is "", but must be sha256:<64 hex digits>/);
    assert.equal(empty.code, 1);
  });

  it("is named by the repository of the account that settings.ts names, and the digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const { accountId, region } = placeOf(delivery.imagesOf);
    assert.equal(imageUri(digest), `${accountId}.dkr.ecr.${region}.amazonaws.com/accounts@${digest}`);
    assert.throws(() => imageUri("latest"), /the image's digest is "latest"/);
  });
});
