import * as assert from "node:assert/strict";

import { checkStack } from "../../environments/check-stack";
import type { StackConfig } from "../../environments/config";
import { dev, prod } from "../example/settings";
import { changed } from "../plans";
import { plain } from "./stack-config";

const withDomain = { ...plain, domainName: "accounts.example.com", hostedZone: "example.com" };
const alarmEmail = "oncall@example.com";
const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

type Mistake = [title: string, change: Partial<StackConfig>, problem: string];

describe("checkStack", () => {
  const mistakes: Mistake[] = [
    ["an account id with too few digits, which YAML makes of one without quotes", { accountId: "12345678901" },
      'accounts:accountId is "12345678901", but must be the 12 digits of an AWS account, in quotes'],
    ...["production", "1234567890123", "1234-5678-9012", " 123456789012"].map((accountId): Mistake => [
      `${JSON.stringify(accountId)} as an account`, { accountId },
      `accounts:accountId is "${accountId}", but must be the 12 digits of an AWS account, in quotes`]),
    ...["cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1"].map((region): Mistake => [
      `a region of another partition, ${region}`,
      { region: region as StackConfig["region"], availabilityZones: [`${region}a`, `${region}b`] },
      `aws:region is ${region}, but must be one outside of China and the US government's partitions`]),
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
    ...["eu-west-11", "eu-west-1-lhr-1a", "euw1-az2"].map((zone): Mistake => [
      `${zone}, which is not the name of a zone`, { availabilityZones: ["eu-west-1a", zone] },
      `accounts:availabilityZones is [eu-west-1a, ${zone}], but all must be zones of aws:region eu-west-1, such as eu-west-1a`]),
    ...[
      "https://accounts.example.com", "accounts-.example.com", "-accounts.example.com", "Accounts.example.com", "*.example.com",
      "accounts..example.com", ".example.com",
    ].map((domainName): Mistake => [
      `${domainName} as domain`, { domainName, hostedZone: "example.com" },
      `accounts:domainName is "${domainName}", but must be a host name such as accounts.example.com`]),
    ...["accounts.example.com/v1", "accounts.example.com:8443", "accounts.example.com."].map((domainName): Mistake => [
      `${domainName} as domain`, { domainName, hostedZone: domainName },
      `accounts:domainName is "${domainName}", but must be a host name such as accounts.example.com`]),
    ["a top-level domain as zone, which the default makes of a domain without a label to spare",
      { domainName: "example.com", hostedZone: "com" },
      'accounts:hostedZone is "com", but must be a zone of your own: for example.com set it with ' +
      "`pulumi config set accounts:hostedZone <zone>`"],
    ["a zone that does not hold the domain", { domainName: "accounts.example.com", hostedZone: "example.org" },
      'accounts:hostedZone is "example.org", but must be the zone that holds accounts:domainName "accounts.example.com"'],
    ["a zone that only ends like the domain", { domainName: "my-example.com", hostedZone: "example.com" },
      'accounts:hostedZone is "example.com", but must be the zone that holds accounts:domainName "my-example.com"'],
    ...["oncall", "oncall@", "@example.com", "on call@example.com", "oncall@one@example.com", "oncall@example.com "].map(
      (alarmEmail): Mistake => [
        `${JSON.stringify(alarmEmail)} as a mail address`, { alarmEmail },
        `accounts:alarmEmail is "${alarmEmail}", but must be a mail address or empty`]),
    ["an image by its tag, which may point elsewhere tomorrow", { image: `${registry}/accounts:1.0` },
      `accounts:image is "${registry}/accounts:1.0", but must carry its digest: <repository>@sha256:<64 hex digits>`],
    ...["@sha256:0123", `@${digest}0`, `@${digest.toUpperCase()}`, `:1.0${digest}`, ` @${digest}`].map((end): Mistake => [
      `an image whose name ends in ${JSON.stringify(end.slice(0, 12))} and ${end.length} characters`,
      { image: `${registry}/accounts${end}` },
      `accounts:image is "${registry}/accounts${end}", but must carry its digest: <repository>@sha256:<64 hex digits>`]),
    ["an image of another stack's repository, by tag and digest",
      { image: `${registry}/accounts-dev-image-0a1b2c:v1@${digest}` },
      `accounts:image is "${registry}/accounts-dev-image-0a1b2c:v1@${digest}", which lives in a stack's own repository and goes ` +
      "away with it: push it to a repository of the account and name that one"],
    ["an image of another stack's repository, which goes away with that stack",
      { image: `${registry}/accounts-dev-image-0a1b2c@${digest}` },
      `accounts:image is "${registry}/accounts-dev-image-0a1b2c@${digest}", which lives in a stack's own repository and goes away ` +
      "with it: push it to a repository of the account and name that one"],
    ["an owner with a character that a tag does not take", { owner: "accounts & co" },
      'accounts:owner is "accounts & co", but must be up to 256 letters, digits, spaces and + - = . _ : / @, as it is a tag'],
    ["a repository that is longer than a tag", { repository: "r".repeat(257) },
      `accounts:repository is "${"r".repeat(257)}", but must be up to 256 letters, digits, spaces and + - = . _ : / @, as it is a tag`],
    ...["a/b", "arn:aws:iam::999999999999:policy/theirs", "b".repeat(129)].map((permissionsBoundary): Mistake => [
      `the boundary ${permissionsBoundary.slice(0, 40)}`, { permissionsBoundary },
      `accounts:permissionsBoundary is "${permissionsBoundary}", but must be the name of a policy of the account, such as ` +
      "pipeline-accounts-boundary-dev, its ARN (arn:aws:iam::123456789012:policy/<name>) or empty"]),
    ...["0", "100", "1.5", "", "two"].map((databaseGeneration): Mistake => [
      `the generation "${databaseGeneration}"`, { databaseGeneration },
      `accounts:databaseGeneration is "${databaseGeneration}", but must be 1 to 99, a whole number`]),
    ...[
      "latest", "snapshot:", "snapshot:1-before", "snapshot:before-", "snapshot:be--fore", `snapshot:${"s".repeat(256)}`, "snapshot:a b",
      "time:", "time:2026-01-31", "time:2026-01-31T09:30:00+01:00", "time:2026-02-30T09:30:00Z", "time:2026-01-31T25:00:00Z",
      "time:Latest", "image:before",
    ].map((databaseRestore): Mistake => [
      `a restore from "${databaseRestore.slice(0, 40)}"`, { databaseRestore, databaseGeneration: "2", databaseKept: "1" },
      `accounts:databaseRestore is "${databaseRestore}", but must be snapshot:<its identifier>, ` +
      "time:<such as 2026-01-31T09:30:00Z>, time:latest or empty"]),
    ...["0", "1 protected", "unprotected", "1unprotected", "1.5"].map((databaseKept): Mistake => [
      `"${databaseKept}" as the instance that stays`, { databaseKept, databaseGeneration: "2" },
      `accounts:databaseKept is "${databaseKept}", but must be a generation such as "1", "1 unprotected" or empty`]),
    ["a restore into the instance that serves", { databaseRestore: "snapshot:before" },
      'accounts:databaseRestore is "snapshot:before", but accounts:databaseGeneration is 1: a restore makes another instance, ' +
      "so count the generation up"],
    ...["time:latest", "time:2026-01-31T09:30:00Z"].map((databaseRestore): Mistake => [
      `a restore of ${databaseRestore} without the instance whose state it is`, { databaseRestore, databaseGeneration: "2" },
      `accounts:databaseRestore is "${databaseRestore}", but accounts:databaseKept is empty: name the generation whose state is ` +
      "restored, or remove accounts:databaseRestore once the new instance serves"]),
    ...["2", "2 unprotected"].map((databaseKept): Mistake => [
      `generation 2 with "${databaseKept}" beside it`, { databaseKept, databaseGeneration: "2" },
      `accounts:databaseKept is "${databaseKept}", but must be another generation than the one that serves, ` +
      "accounts:databaseGeneration (2)"]),
    ["a restore into the generation it is of", { databaseKept: "2", databaseGeneration: "2", databaseRestore: "time:latest" },
      'accounts:databaseKept is "2", but must be another generation than the one that serves, accounts:databaseGeneration (2)'],
    ["a restore into an older generation", { databaseKept: "3", databaseGeneration: "2", databaseRestore: "time:latest" },
      'accounts:databaseKept is "3", but must be a generation below accounts:databaseGeneration (2) while ' +
      "accounts:databaseRestore is set: a restore makes a newer instance"],
  ];
  for (const [title, change, problem] of mistakes) {
    it(`refuses ${title}, in one line`, () => {
      assert.deepEqual(checkStack({ ...plain, ...change }, dev), [problem]);
    });
  }

  it("refuses a stack without a domain where the environment serves HTTPS only, and says how to mend it", () => {
    assert.deepEqual(checkStack({ ...plain, environment: "prod", alarmEmail }, prod), [
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
    ["a policy as the boundary of its roles", { ...plain, permissionsBoundary: "pipeline-accounts-boundary-dev" }],
    ["the same by its ARN", { ...plain, permissionsBoundary: "arn:aws:iam::123456789012:policy/pipeline-accounts-boundary-dev" }],
    ["one in a path, by its ARN", { ...plain, permissionsBoundary: "arn:aws:iam::123456789012:policy/platform/boundaries/accounts" }],
    ["an image of a repository of the account", { ...plain, image: `${registry}/accounts@${digest}` }],
    ["the highest generation", { ...plain, databaseGeneration: "99", databaseKept: "98" }],
    ["a restore from a snapshot, without another instance beside", { ...plain, databaseRestore: "snapshot:before-2", databaseGeneration: "2" }],
    ["a restore from a snapshot with the longest name", { ...plain, databaseRestore: `snapshot:${"s".repeat(255)}`, databaseGeneration: "2" }],
    ["a restore from a snapshot in capitals, which RDS knows in small letters",
      { ...plain, databaseRestore: "snapshot:Before-2", databaseGeneration: "2" }],
    ["a restore from one of RDS's own snapshots",
      { ...plain, databaseRestore: "snapshot:rds:accounts-dev-1-2026-01-31-02-05", databaseGeneration: "2", databaseKept: "1" }],
    ["a restore of a moment, the old instance beside", { ...plain, databaseRestore: "time:2026-01-31T09:30:00Z", databaseGeneration: "2", databaseKept: "1" }],
    ["a restore of the last moment, the old instance no longer protected",
      { ...plain, databaseRestore: "time:latest", databaseGeneration: "3", databaseKept: "1 unprotected" }],
    ["the way back from generation 2", { ...plain, databaseGeneration: "1", databaseKept: "2" }],
    ["the next generation, empty", { ...plain, databaseGeneration: "2" }],
    ["an owner and a repository", { ...plain, owner: "Jürgen + Søren", repository: "https://git.example.com/accounts.git" }],
    ["an image of a registry outside AWS", { ...plain, image: `ghcr.io/example/accounts@${digest}` }],
  ];
  for (const [title, config] of allowed) {
    it(`takes ${title}`, () => {
      assert.deepEqual(checkStack(config, dev), []);
    });
  }

  it("wants a task in each zone where data is kept", () => {
    const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
    const config = { ...withDomain, environment: "prod", alarmEmail, availabilityZones: zones };
    assert.deepEqual(checkStack(config, changed(prod, { service: { minTasks: 3 } })), []);
    assert.deepEqual(checkStack(config, changed(dev, { service: { minTasks: 2 } })), []);
    assert.deepEqual(checkStack(config, changed(prod, { service: { minTasks: 2 } })), [
      "accounts:availabilityZones is [eu-west-1a, eu-west-1b, eu-west-1c], but must name no more than service.minTasks of " +
      "environment prod, 2: where data is kept, each zone has a task, and its loss costs no more than its share",
    ]);
  });

  it("takes a domain where HTTPS is required", () => {
    assert.deepEqual(checkStack({ ...withDomain, environment: "prod", alarmEmail }, prod), []);
  });

  it("refuses a stack that calls nobody where somebody must be called", () => {
    assert.deepEqual(checkStack({ ...withDomain, environment: "prod" }, prod), [
      "accounts:alarmEmail is empty, but environment prod calls somebody: " +
      "set it with `pulumi config set accounts:alarmEmail <address>`",
    ]);
  });
});
