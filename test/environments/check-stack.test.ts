import * as assert from "node:assert/strict";

import { checkStack } from "../../environments/check-stack";
import { dev } from "../../environments/dev";
import { prod } from "../../environments/prod";
import type { StackConfig } from "../../environments/config";
import { plain } from "./stack-config";

const withDomain = { ...plain, domainName: "accounts.example.com", hostedZone: "example.com" };
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

describe("checkStack", () => {
  const mistakes: [title: string, change: Partial<StackConfig>, problem: string][] = [
    ["an account id with too few digits, which YAML makes of one without quotes", { accountId: "12345678901" },
      'accounts:accountId is "12345678901", but must be the 12 digits of an AWS account, in quotes'],
    ["an account's name", { accountId: "production" },
      'accounts:accountId is "production", but must be the 12 digits of an AWS account, in quotes'],
    ["a region of another partition", { region: "cn-north-1" as StackConfig["region"], availabilityZones: ["cn-north-1a", "cn-north-1b"] },
      "aws:region is cn-north-1, but must be one outside of China and the US government's partitions"],
    ["one zone", { availabilityZones: ["eu-west-1a"] },
      "accounts:availabilityZones is [eu-west-1a], but must name 2 to 4 different zones"],
    ["one zone twice", { availabilityZones: ["eu-west-1a", "eu-west-1a"] },
      "accounts:availabilityZones is [eu-west-1a, eu-west-1a], but must name 2 to 4 different zones"],
    ["more zones than the address range has slices", { availabilityZones: ["a", "b", "c", "d", "e"].map((letter) => `eu-west-1${letter}`) },
      "accounts:availabilityZones is [eu-west-1a, eu-west-1b, eu-west-1c, eu-west-1d, eu-west-1e], " +
      "but must name 2 to 4 different zones"],
    ["a zone of another region", { availabilityZones: ["eu-west-1a", "eu-west-2b"] },
      "accounts:availabilityZones is [eu-west-1a, eu-west-2b], but all must be zones of aws:region eu-west-1, such as eu-west-1a"],
    ["a zone without its letter", { availabilityZones: ["eu-west-1a", "eu-west-1"] },
      "accounts:availabilityZones is [eu-west-1a, eu-west-1], but all must be zones of aws:region eu-west-1, such as eu-west-1a"],
    ["a URL as domain", { domainName: "https://accounts.example.com", hostedZone: "example.com" },
      'accounts:domainName is "https://accounts.example.com", but must be a host name such as accounts.example.com'],
    ["a top-level domain as zone, which the default makes of a domain without a label to spare",
      { domainName: "example.com", hostedZone: "com" },
      'accounts:hostedZone is "com", but must be a zone of your own: for example.com set it with ' +
      "`pulumi config set accounts:hostedZone <zone>`"],
    ["a zone that does not hold the domain", { domainName: "accounts.example.com", hostedZone: "example.org" },
      'accounts:hostedZone is "example.org", but must be the zone that holds accounts:domainName "accounts.example.com"'],
    ["a zone that only ends like the domain", { domainName: "my-example.com", hostedZone: "example.com" },
      'accounts:hostedZone is "example.com", but must be the zone that holds accounts:domainName "my-example.com"'],
    ["a name instead of a mail address", { alarmEmail: "oncall" },
      'accounts:alarmEmail is "oncall", but must be a mail address or empty'],
    ["an image by its tag, which may point elsewhere tomorrow", { image: `${registry}/accounts:1.0` },
      `accounts:image is "${registry}/accounts:1.0", but must carry its digest: <repository>@sha256:<64 hex digits>`],
    ["an image with half a digest", { image: `${registry}/accounts@sha256:0123` },
      `accounts:image is "${registry}/accounts@sha256:0123", but must carry its digest: <repository>@sha256:<64 hex digits>`],
    ["an image of another stack's repository, by tag and digest",
      { image: `${registry}/accounts-dev-image-0a1b2c:v1@${digest}` },
      `accounts:image is "${registry}/accounts-dev-image-0a1b2c:v1@${digest}", which lives in a stack's own repository and goes ` +
      "away with it: push it to a repository of the account and name that one"],
    ["an image of another stack's repository, which goes away with that stack",
      { image: `${registry}/accounts-dev-image-0a1b2c@${digest}` },
      `accounts:image is "${registry}/accounts-dev-image-0a1b2c@${digest}", which lives in a stack's own repository and goes away ` +
      "with it: push it to a repository of the account and name that one"],
  ];
  for (const [title, change, problem] of mistakes) {
    it(`refuses ${title}, in one line`, () => {
      assert.deepEqual(checkStack({ ...plain, ...change }, dev), [problem]);
    });
  }

  it("refuses a stack without a domain where the environment serves HTTPS only, and says how to mend it", () => {
    assert.deepEqual(checkStack({ ...plain, environment: "prod" }, prod), [
      "accounts:domainName is empty, but environment prod serves HTTPS only: " +
      "set it with `pulumi config set accounts:domainName <name>`",
    ]);
  });

  const allowed: [title: string, config: StackConfig][] = [
    ["no domain where plain HTTP is allowed", plain],
    ["four zones", { ...plain, availabilityZones: ["a", "b", "c", "d"].map((letter) => `eu-west-1${letter}`) }],
    ["a domain under its zone", withDomain],
    ["a domain two labels under its zone", { ...withDomain, domainName: "api.accounts.example.com" }],
    ["the zone's own name as domain", { ...withDomain, domainName: "example.com" }],
    ["a mail address", { ...plain, alarmEmail: "oncall@example.com" }],
    ["an image of a repository of the account", { ...plain, image: `${registry}/accounts@${digest}` }],
    ["an image of a registry outside AWS", { ...plain, image: `ghcr.io/example/accounts@${digest}` }],
  ];
  for (const [title, config] of allowed) {
    it(`takes ${title}`, () => {
      assert.deepEqual(checkStack(config, dev), []);
    });
  }

  it("takes a domain where HTTPS is required", () => {
    assert.deepEqual(checkStack({ ...withDomain, environment: "prod" }, prod), []);
  });
});
