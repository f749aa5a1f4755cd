import * as assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { readStackConfig } from "../../environments/config";
import type { Config } from "../../offline/stack-file";
import { plain } from "./stack-config";

const complete: Config = {
  "aws:region": "eu-west-1",
  "accounts:environment": "dev",
  "accounts:accountId": "123456789012",
  "accounts:availabilityZones": '["eu-west-1a","eu-west-1b"]',
};

/** What the program reads when the stack file says this. */
function read(config: Config) {
  pulumi.runtime.setAllConfig(config);
  return readStackConfig();
}

function without(key: string): Config {
  return Object.fromEntries(Object.entries(complete).filter(([name]) => name !== key));
}

describe("readStackConfig", () => {
  before(async () => {
    const none = () => {
      throw new Error("configuration asks nobody");
    };
    await pulumi.runtime.setMocks({ newResource: none, call: none }, "accounts", "dev");
  });

  it("reads the required keys, and takes the optional ones for empty", () => {
    assert.deepEqual(read(complete), plain);
  });

  it("reads the optional keys", () => {
    const optional = {
      domainName: "accounts.eu.example.com",
      hostedZone: "example.com",
      alarmEmail: "oncall@example.com",
      image: "repository@sha256:0",
      databaseGeneration: "2",
      databaseRestore: "time:latest",
      databaseKept: "1",
      permissionsBoundary: "pipeline-accounts-boundary-dev",
      owner: "accounts team",
      repository: "https://git.example.com/accounts",
    };
    const keys = Object.fromEntries(Object.entries(optional).map(([key, value]) => [`accounts:${key}`, value]));
    assert.deepEqual(read({ ...complete, ...keys }), { ...plain, ...optional });
  });

  const domain = { ...complete, "accounts:domainName": "accounts.example.com" };
  const unset: [title: string, config: Config][] = [["not there", domain], ["empty", { ...domain, "accounts:hostedZone": "" }]];
  for (const [title, config] of unset) {
    it(`takes the domain without its first label for the zone when accounts:hostedZone is ${title}`, () => {
      assert.equal(read(config).hostedZone, "example.com");
    });
  }

  it("takes no more than the first label away, so that a name deep in a zone needs its zone said", () => {
    assert.equal(read({ ...domain, "accounts:domainName": "api.accounts.eu.example.com" }).hostedZone, "accounts.eu.example.com");
  });

  const missing: [key: string, line: string][] = [
    ["aws:region", "aws:region is missing: set it with `pulumi config set aws:region <region>`"],
    ["accounts:environment", 'accounts:environment is missing: add it to Pulumi.<stack>.yaml, for example "accounts:environment: dev"'],
    ["accounts:accountId",
      'accounts:accountId is missing: add it to Pulumi.<stack>.yaml, for example "accounts:accountId: "123456789012""'],
    ["accounts:availabilityZones",
      'accounts:availabilityZones is missing: add it to Pulumi.<stack>.yaml, for example "accounts:availabilityZones: [eu-west-1a, eu-west-1b]"'],
  ];
  for (const [key, line] of missing) {
    it(`stops with one line when ${key} is missing, and shows its form`, () => {
      assert.throws(() => read(without(key)), (error) => pulumi.RunError.isInstance(error) && error.message === line);
    });
  }

  it("stops with one line at a key it does not know, because a misspelt optional key would silently keep its default", () => {
    assert.throws(() => read({ ...complete, "accounts:alarmMail": "oncall@example.com" }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(error.message,
        "accounts:alarmMail is not a key of this program, which knows environment, accountId, availabilityZones, domainName, " +
        "hostedZone, alarmEmail, image, databaseGeneration, databaseRestore, databaseKept, permissionsBoundary, owner, repository: remove it with `pulumi config rm accounts:alarmMail`");
      return true;
    });
  });

  it("leaves keys of other namespaces alone, because they belong to providers and to the engine", () => {
    const config = read({ ...complete, "pulumi:autonaming": "{}", "docker:host": "unix:///run/docker.sock" });
    assert.equal(config.environment, "dev");
  });

  for (const zones of ["eu-west-1a", '"eu-west-1a"', '{"first":"eu-west-1a"}', "[1,2]", '["eu-west-1a"']) {
    it(`stops with one line when the zones are ${zones} and no list of names`, () => {
      assert.throws(() => read({ ...complete, "accounts:availabilityZones": zones }), (error) =>
        pulumi.RunError.isInstance(error) && error.message ===
          `accounts:availabilityZones is ${zones}, but must be a list of zone names, in Pulumi.<stack>.yaml one a line with a dash`);
    });
  }
});
