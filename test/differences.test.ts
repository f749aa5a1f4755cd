import * as assert from "node:assert/strict";

import type { Options, PlannedResource } from "../offline/record";
import type { Plan } from "../offline/render";
import { secret } from "../offline/secrets";
import { program, type Config } from "../offline/stack-file";
import { differences } from "./differences";

const none: Options = {
  protect: false, retainOnDelete: false, deleteBeforeReplace: false, dependencies: [], dependsOn: [], ignoreChanges: [],
  replaceOnChanges: [], customTimeouts: {}, aliases: [], hooks: [], transforms: 0, provider: "aws",
};

type Inputs = Record<string, unknown>;

function resource(label: string, inputs: Inputs = {}, options: Partial<Options> = {}): PlannedResource {
  const [type = "", name = ""] = label.split(" ");
  const urn = `urn:pulumi:s::accounts::${type}::${name}`;
  return { urn, type, name, id: "", inputs, state: {}, options: { ...none, ...options } };
}

/** Two stacks with nothing in common but what makes them. */
const places: Record<"dev" | "prod", Config> = {
  dev: {
    "aws:region": "eu-west-1", "accounts:accountId": "123456789012", "accounts:environment": "small",
    "accounts:alarmEmail": "me@example.com", "accounts:domainName": "dev.example.com",
    "accounts:permissionsBoundary": "pipeline-accounts-boundary-dev",
  },
  prod: {
    "aws:region": "us-east-1", "accounts:accountId": "210987654321", "accounts:environment": "prod",
    "accounts:alarmEmail": "oncall@example.com", "accounts:domainName": "accounts.example.com",
    "accounts:permissionsBoundary": "pipeline-accounts-boundary-prod",
  },
};
const networks = { dev: "10.10.0.0/16", prod: "10.20.0.0/16" };

function plan(stack: "dev" | "prod", resources: PlannedResource[], outputs: Inputs = {}): Plan {
  const vpc = resource("aws:ec2/vpc:Vpc network", { cidrBlock: networks[stack] });
  return { stack, project: program, config: places[stack], resources: [], expanded: [vpc, ...resources], outputs };
}

/** What differs, as `name path: here | there`. */
function found(here: PlannedResource[], there: PlannedResource[], outputs: [Inputs, Inputs] = [{}, {}]): string[] {
  return differences(plan("dev", here, outputs[0]), plan("prod", there, outputs[1]))
    .map((difference) => `${difference.name} ${difference.path}: ${difference.here} | ${difference.there}`);
}

const inputs = (here: Inputs, there: Inputs) => found([resource("t n", here)], [resource("t n", there)]);

describe("differences of two stacks", () => {
  it("are none where all is alike", () => {
    assert.deepEqual(inputs({ a: { b: [1, "x"] }, c: null }, { c: null, a: { b: [1, "x"] } }), []);
  });

  it("are the properties that differ, each by its path", () => {
    assert.deepEqual(inputs({ a: { b: [1, 2], same: 1 }, only: true }, { a: { b: [1, 3, 4], same: 1 } }),
      ["n a.b.1: 2 | 3", "n a.b.2: nothing | 4", "n only: true | nothing"]);
  });

  it("tell a text from a number, and an empty list from none", () => {
    assert.deepEqual(inputs({ a: "1", b: [] }, { a: 1 }), ['n a: "1" | 1', "n b: [] | nothing"]);
  });

  it("look into JSON, and find entries of lists by their names", () => {
    const policy = (...Statement: object[]) => JSON.stringify({ Statement });
    assert.deepEqual(inputs(
      { policy: policy({ Sid: "One", Action: "a" }, { Sid: "Two", Action: "b" }), settings: [{ name: "x", value: 1 }] },
      { policy: policy({ Sid: "Two", Action: "c" }), settings: [{ name: "w", value: 0 }, { name: "x", value: 1 }] },
    ), [
      'n policy.Statement.One.Action: "a" | nothing', 'n policy.Statement.One.Sid: "One" | nothing',
      'n policy.Statement.Two.Action: "b" | "c"', 'n settings.w.name: nothing | "w"', "n settings.w.value: nothing | 0",
    ]);
  });

  it("are a resource once that one side lacks", () => {
    assert.deepEqual(found([resource("t one", { a: 1, b: 2 })], [resource("t two", { a: 1 })]),
      ["one *: has it | has none", "two *: has none | has it"]);
  });

  it("are options, too, but not what follows from inputs", () => {
    assert.deepEqual(found(
      [resource("t n", {}, {
        protect: true, dependsOn: ["a b", "c d"], dependencies: ["urn"], customTimeouts: { create: "1h" },
      })],
      [resource("t n", {}, { dependsOn: ["c d"], ignoreChanges: ["x"] })],
    ), [
      'n (customTimeouts).create: "1h" | nothing', "n (dependsOn).a b: true | nothing", 'n (ignoreChanges).0: nothing | "x"',
      "n (protect): true | nothing",
    ]);
  });

  it("are outputs, too", () => {
    assert.deepEqual(found([], [], [{ url: "http" }, { url: "https" }]), ['outputs url: "http" | "https"']);
  });

  it("are looked for in what awsx makes, not in what it is told", () => {
    assert.deepEqual(found(
      [resource("awsx:ec2:Vpc network", { natGateways: 1 }, { transforms: 1 })],
      [resource("awsx:ec2:Vpc network", { natGateways: 2 })],
    ), ["network (transforms): 1 | nothing"]);
  });

  describe("are not", () => {
    const alike: [title: string, here: unknown, there: unknown][] = [
      ["the stack's name in names", ["accounts-dev", "accounts-dev-1", "/accounts/dev/service"],
        ["accounts-prod", "accounts-prod-1", "/accounts/prod/service"]],
      ["the names of stack and environment in tags", { Stack: "dev", Environment: "small" }, { Stack: "prod", Environment: "prod" }],
      ["account and region", "arn:aws:kms:eu-west-1:123456789012:key/0", "arn:aws:kms:us-east-1:210987654321:key/0"],
      ["zones of the same place in the order", ["eu-west-1a", "eu-west-1b"], ["us-east-1a", "us-east-1b"]],
      ["addresses of the same place in the network", ["10.10.0.0/16", "10.10.16.0/22"], ["10.20.0.0/16", "10.20.16.0/22"]],
      ["domains and who is told", ["me@example.com", "_0.dev.example.com."], ["oncall@example.com", "_0.accounts.example.com."]],
      ["the boundary of the stack's roles", "arn:aws:iam::123456789012:policy/pipeline-accounts-boundary-dev",
        "arn:aws:iam::210987654321:policy/pipeline-accounts-boundary-prod"],
      ["hashes of values", "/service/log-level/0123abcd", "/service/log-level/4567cdef"],
      ["secrets", secret("one"), secret("two")],
    ];
    for (const [title, here, there] of alike) {
      it(title, () => {
        assert.deepEqual(inputs({ a: here }, { a: there }), []);
      });
    }

    it("hashes in logical names", () => {
      assert.deepEqual(found([resource("t level-0123abcd", { a: 1 })], [resource("t level-4567cdef", { a: 2 })]),
        ["level-<hash> a: 1 | 2"]);
    });
  });

  describe("are all the same", () => {
    const unlike: [title: string, here: unknown, there: unknown][] = [
      ["another stack's name", "accounts-prod", "accounts-prod"],
      ["a word that holds the stack's name", "accounts-development", "accounts-production"],
      ["another stack's network", "10.20.16.0/22", "10.20.16.0/22"],
      ["another place in the network", "10.10.16.0/22", "10.20.32.0/22"],
      ["another stack's boundary", "pipeline-accounts-boundary-prod", "pipeline-accounts-boundary-prod"],
      ["another account", "arn:aws:kms:eu-west-1:210987654321:key/0", "arn:aws:kms:us-east-1:210987654321:key/0"],
      ["another zone of the region", "eu-west-1b", "us-east-1a"],
      ["numbers that look like hashes", 12345678, 12345679],
    ];
    for (const [title, here, there] of unlike) {
      it(title, () => {
        assert.equal(inputs({ a: here }, { a: there }).length, 1);
      });
    }
  });
});
