import { strict as assert } from "node:assert";

import { checkDelivery, deliveryProblems, placeProblems } from "../../delivery/check";
import { delivery, type DeliverySettings } from "../../delivery/settings";
import { committedStacks } from "../../offline/stack-file";

const stacks = committedStacks();
const saying = (changes: Partial<DeliverySettings>) => deliveryProblems({ ...delivery, ...changes }, stacks).join("\n");
const repository = (changes: Partial<DeliverySettings["repository"]>) => saying({ repository: { ...delivery.repository, ...changes } });

describe("what delivery/settings.ts says", () => {
  it("fits the committed stacks", () => {
    assert.deepEqual(deliveryProblems(delivery, stacks), []);
    assert.doesNotThrow(() => checkDelivery());
  });

  it("names who deploys each stack, and no stack that is not there", () => {
    assert.match(saying({ stacks: { dev: { deployedBy: "github" } } }), /^Pulumi\.prod\.yaml is committed, but stacks says nobody who deploys it/);
    assert.match(saying({ stacks: { ...delivery.stacks, staging: { deployedBy: "github" } } }),
      /^stacks names staging, but there is no Pulumi\.staging\.yaml: the committed stacks are dev, prod$/);
  });

  it("names a stack whose account holds the images", () => {
    assert.match(saying({ imagesOf: "build" }), /^imagesOf is build, but must be one of dev, prod$/);
  });

  it("gives Pulumi Deployments a stack only where Pulumi Cloud has the state", () => {
    const owned = { stacks: { ...delivery.stacks, dev: { deployedBy: "pulumi-deployments" } } } as const;
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
      saying({ reviewers: { ...delivery.reviewers, ...changes } });
    assert.equal(reviewers({ code: ["@Octo-Org/platform", "@ada"], deployments: [] }), "");
    assert.match(reviewers({ code: [] }), /^reviewers\.code names nobody/);
    assert.match(reviewers({ code: ["platform"] }), /^reviewers\.code names "platform", but must name each as `@<user>`/);
    assert.match(reviewers({ deployments: Array<string>(7).fill("@ada") }), /^reviewers\.deployments names 7, but GitHub/);
    assert.match(repository({ owner: "acme" }),
      /^reviewers\.code names @octo-org\/platform, but a team must be one of acme.*\nreviewers\.deployments names/);
  });

  it("names the repository whose workflow asks, in whatever case", () => {
    const asked = (runner: object) => deliveryProblems(delivery, stacks, runner).join("\n");
    assert.equal(asked({ GITHUB_REPOSITORY: "Octo-Org/accounts", GITHUB_REPOSITORY_ID: "456789", GITHUB_REPOSITORY_OWNER_ID: "123456" }), "");
    assert.match(asked({ GITHUB_REPOSITORY: "octo-org/other" }), /^GITHUB_REPOSITORY is octo-org\/other, but repository says octo-org\/accounts/);
    assert.match(asked({ GITHUB_REPOSITORY_ID: "1" }), /^GITHUB_REPOSITORY_ID is 1, but repository says 456789/);
    assert.match(asked({ GITHUB_REPOSITORY_OWNER_ID: "1" }), /^GITHUB_REPOSITORY_OWNER_ID is 1, but repository says 123456/);
  });

  it("is of stacks whose resources can be told apart by the beginning of their names", () => {
    const both = { ...delivery, stacks: { ...delivery.stacks, "dev-eu": { deployedBy: "github" } } } as const;
    assert.match(deliveryProblems(both, [...stacks, "dev-eu"]).join("\n"), /^the stacks dev and dev-eu cannot be told apart/);
  });
});

describe("what a stack file says of its place", () => {
  it("is the account and the region that the names of roles and buckets are made of", () => {
    const right = { "accounts:accountId": "123456789012", "aws:region": "eu-west-1" };
    assert.deepEqual(placeProblems("dev", right), []);
    assert.match(placeProblems("dev", { ...right, "accounts:accountId": "12" }).join("\n"), /^Pulumi\.dev\.yaml: accounts:accountId is "12"/);
    assert.match(placeProblems("dev", { ...right, "aws:region": "Ireland" }).join("\n"), /^Pulumi\.dev\.yaml: aws:region is "Ireland"/);
    assert.match(placeProblems("a".repeat(60), right).join("\n"), /longer than the 64 characters/);
  });
});
