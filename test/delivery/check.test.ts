import { strict as assert } from "node:assert";

import { checkDelivery, deliveryProblems } from "../../delivery/check";
import { pipelineProblems, placeProblems, type StackFile } from "../../delivery/check-stack-file";
import { delivery, exampleRepository, type DeliverySettings } from "../../delivery/settings";
import { committedStacks } from "../../offline/stack-file";
import { exampleDelivery } from "../example/delivery";

const stacks = ["dev", "prod"];
const example = exampleDelivery(stacks);
const saying = (changes: Partial<DeliverySettings>) => deliveryProblems({ ...example, ...changes }, stacks).join("\n");
const repository = (changes: Partial<DeliverySettings["repository"]>) => saying({ repository: { ...exampleRepository, ...changes } });

describe("what delivery/settings.ts says", () => {
  it("fits the committed stacks", () => {
    assert.deepEqual(deliveryProblems(delivery, committedStacks()), []);
    assert.doesNotThrow(() => checkDelivery());
  });

  it("names who deploys each stack, and no stack that is not there", () => {
    assert.match(saying({ stacks: { dev: { deployedBy: "github" } } }), /^Pulumi\.prod\.yaml is committed, but stacks says nobody who deploys it/);
    assert.match(saying({ stacks: { ...example.stacks, staging: { deployedBy: "github" } } }),
      /^stacks names staging, but there is no Pulumi\.staging\.yaml: the committed stacks are dev, prod$/);
  });

  it("names a stack whose account holds the images", () => {
    assert.match(saying({ imagesOf: "build" }), /^imagesOf is build, but must be one of dev, prod$/);
  });

  it("gives Pulumi Deployments a stack only where Pulumi Cloud has the state", () => {
    const owned = { stacks: { ...example.stacks, dev: { deployedBy: "pulumi-deployments" } } } as const;
    assert.match(saying(owned), /^pulumi-deployments deploys dev, but the backend is a bucket/);
    assert.equal(saying({ ...owned, backend: { kind: "pulumi-cloud", organization: "octo-org" } }), "");
    assert.match(saying({ backend: { kind: "pulumi-cloud", organization: "" } }), /^backend\.organization is "", but must be one of Pulumi Cloud's$/);
  });

  it("names a repository by names and numbers as GitHub has them", () => {
    assert.match(repository({ owner: "octo org" }), /^repository\.owner is "octo org"/);
    assert.match(repository({ name: "octo-org/accounts" }), /^repository\.name is "octo-org\/accounts"/);
    assert.match(repository({ id: 0 }), /^repository\.id is 0, but must be the number that `gh api/);
    assert.match(repository({ ownerId: 1.5 }), /^repository\.ownerId is 1\.5/);
  });

  it("names who reviews, as GitHub knows them, and teams of its own organization only", () => {
    const reviewers = (changes: Partial<DeliverySettings["reviewers"]>) =>
      saying({ reviewers: { ...example.reviewers, ...changes } });
    assert.equal(reviewers({ code: ["@Octo-Org/platform", "@ada"], deployments: [] }), "");
    assert.match(reviewers({ code: [] }), /^reviewers\.code names nobody/);
    assert.match(reviewers({ code: ["platform"] }), /^reviewers\.code names "platform", but must name each as `@<user>`/);
    assert.match(reviewers({ deployments: Array<string>(7).fill("@ada") }), /^reviewers\.deployments names 7, but GitHub/);
    assert.match(repository({ owner: "acme" }),
      /^reviewers\.code names @octo-org\/platform, but a team must be one of acme.*\nreviewers\.deployments names/);
  });

  it("names the repository whose workflow asks, in whatever case", () => {
    const asked = (runner: object) => deliveryProblems(example, stacks, runner).join("\n");
    assert.equal(asked({ GITHUB_REPOSITORY: "Octo-Org/accounts", GITHUB_REPOSITORY_ID: "456789", GITHUB_REPOSITORY_OWNER_ID: "123456" }), "");
    assert.match(asked({ GITHUB_REPOSITORY: "octo-org/other" }), /^GITHUB_REPOSITORY is octo-org\/other, but repository says octo-org\/accounts/);
    assert.match(asked({ GITHUB_REPOSITORY_ID: "1" }), /^GITHUB_REPOSITORY_ID is 1, but repository says 456789/);
    assert.match(asked({ GITHUB_REPOSITORY_OWNER_ID: "1" }), /^GITHUB_REPOSITORY_OWNER_ID is 1, but repository says 123456/);
  });

  it("is of stacks whose resources can be told apart by the beginning of their names", () => {
    const both = { ...example, stacks: { ...example.stacks, "dev-eu": { deployedBy: "github" } } } as const;
    assert.match(deliveryProblems(both, [...stacks, "dev-eu"]).join("\n"), /^the stacks dev and dev-eu cannot be told apart/);
  });
});

const config = { "accounts:accountId": "123456789012", "aws:region": "eu-west-1" };

describe("what a stack file says of its place", () => {
  it("is the account and the region that the names of roles and buckets are made of", () => {
    const said = (changes: object, stack = "dev") => placeProblems({ stack, config: { ...config, ...changes } }).join("\n");
    assert.equal(said({}), "");
    assert.match(said({ "accounts:accountId": "12" }), /^Pulumi\.dev\.yaml: accounts:accountId is "12"/);
    assert.match(said({ "aws:region": "Ireland" }), /^Pulumi\.dev\.yaml: aws:region is "Ireland"/);
    assert.match(said({}, "a".repeat(60)), /longer than the 64 characters/);
  });
});

describe("what the file of a stack needs that a pipeline deploys", () => {
  const keyOf = (stack: string) => `awskms://alias/pipeline-accounts-secrets-${stack}?region=eu-west-1&awssdk=v2`;
  const boundary = "accounts:permissionsBoundary";
  const file = (stack: string, encryption: StackFile["encryption"] = {}, differs: StackFile["config"] = {}): StackFile => ({
    stack,
    config: { ...config, [boundary]: `pipeline-accounts-boundary-${stack}`, ...differs },
    encryption: { secretsprovider: keyOf(stack), encryptedkey: `key of ${stack}`, ...encryption },
  });
  const bucket = example;
  const cloud: DeliverySettings = { ...bucket, backend: { kind: "pulumi-cloud", organization: "acme" } };
  const none = { secretsprovider: undefined, encryptedkey: undefined };

  it("is there in a file as the administrator's commands leave it", () => {
    assert.deepEqual(pipelineProblems(bucket, [file("dev"), file("prod")]), []);
    assert.deepEqual(pipelineProblems(cloud, [file("dev"), file("prod")]), []);
  });

  it("is the boundary that the pipeline's roles must have", () => {
    for (const found of ["", "pipeline-accounts-boundary-prod"]) {
      assert.deepEqual(pipelineProblems(bucket, [file("dev", {}, { [boundary]: found })]), [
        `Pulumi.dev.yaml: accounts:permissionsBoundary is "${found}", but the pipeline may make only roles that ` +
        "pipeline-accounts-boundary-dev limits: run " +
        "`pulumi config set accounts:permissionsBoundary pipeline-accounts-boundary-dev --stack dev`",
      ]);
    }
  });

  it("is the stack's own key in KMS, which is said in one line with the commands", () => {
    const told = (encryption: StackFile["encryption"]) => pipelineProblems(bucket, [file("dev", encryption)]);
    const commands = `run \`pulumi stack init dev --secrets-provider "${keyOf("dev")}"\`, or for a stack that is there `
      + `\`pulumi stack change-secrets-provider "${keyOf("dev")}" --stack dev\`, and commit the file`;
    const why = `but the key that bootstrap/ makes has to encrypt the stack's secrets: ${commands}`;
    assert.deepEqual(told(none), [`Pulumi.dev.yaml: secretsprovider is "", ${why}`]);
    assert.deepEqual(told({ secretsprovider: keyOf("prod") }),
      [`Pulumi.dev.yaml: secretsprovider is "${keyOf("prod")}", ${why}`]);
    assert.deepEqual(told({ encryptedkey: undefined }), [`Pulumi.dev.yaml: encryptedkey is missing, ${why}`]);
  });

  it("is with Pulumi Cloud that key, or nothing, and no other", () => {
    assert.deepEqual(pipelineProblems(cloud, [file("dev", none)]), []);
    assert.match(pipelineProblems(cloud, [file("dev", { secretsprovider: "passphrase" })]).join("\n"),
      /secretsprovider is "passphrase", .* \(or neither line, .*\): run `pulumi stack init acme\/accounts\/dev /);
    assert.match(pipelineProblems(cloud, [file("dev", { encryptedkey: undefined })]).join("\n"), /encryptedkey is missing/);
  });

  it("is no other stack's", () => {
    assert.deepEqual(pipelineProblems(bucket, [file("dev", { encryptedkey: "one" }), file("prod", { encryptedkey: "one" })]), [
      "Pulumi.prod.yaml: encryptedkey is that of dev, but each stack must have its own: take the lines secretsprovider and "
      + "encryptedkey out of Pulumi.prod.yaml and make the stack as docs/delivery.md says, Bootstrap",
    ]);
  });

  it("is asked of no stack that nobody's pipeline deploys", () => {
    assert.deepEqual(pipelineProblems(bucket, [file("pr-7", none, { [boundary]: "" })]), []);
  });

  it("is asked for as soon as the repository is set up, and not before", () => {
    const files = [file("dev", none, { [boundary]: "" }), file("prod")];
    assert.doesNotThrow(() => checkDelivery({}, { ...bucket, repository: exampleRepository }, files));
    assert.throws(() => checkDelivery({}, { ...bucket, repository: { ...exampleRepository, id: 1 } }, files),
      /^Error: delivery\/settings\.ts and the stack files do not fit:\n- .*permissionsBoundary.*\n- .*secretsprovider/);
  });
});
