import { strict as assert } from "node:assert";

import { readEvents } from "../../delivery/pulumi/engine-events";
import { after, before, databaseUrn, line, secret, unknown } from "./steps";

const stackUrn = "pulumi:pulumi:Stack::accounts-dev";
const parameter = (hash: string) => `accounts:infra:Parameters$aws:ssm/parameter:Parameter::parameters-log-level-${hash}`;

describe("an event log", () => {
  it("tells of an update which properties change, also within JSON in a text", () => {
    const policy = (action: string) => JSON.stringify({ Statement: [{ Sid: "One", Action: action, Effect: "Allow" }] });
    const { changes } = readEvents(before({
      op: "update",
      old: { inputs: { policy: policy("a"), name: "x", __defaults: ["name"] } },
      new: { inputs: { policy: policy("b"), name: "x", __defaults: [] } },
    }));

    assert.deepEqual(changes, [{
      urn: databaseUrn, type: "aws:rds/instance:Instance", name: "database-1", operation: "update", replacedBecause: [],
      properties: [{ path: "policy.Statement.One.Action", from: "a", to: "b" }],
    }]);
  });

  it("tells what is not known yet, and nothing of secrets but that they change", () => {
    const [first, second] = readEvents(before(
      { op: "update", old: { inputs: { a: "x", b: secret("hidden") } }, new: { inputs: { a: unknown, b: secret("hidden") } } },
      { op: "update", urn: "aws:s3/bucket:Bucket::b", diffs: ["password"],
        old: { inputs: { password: secret("hidden") }, outputs: { password: secret("hidden") } }, new: { inputs: { password: secret("hidden") } } },
    )).changes;

    assert.deepEqual(first?.properties, [{ path: "a", from: "x", to: "(known after the update)" }]);
    assert.deepEqual(second?.properties, [{ path: "password", from: "[secret]", to: "[secret]" }]);
  });

  it("tells what is set back that somebody has changed in AWS, and a secret that changes beside something else", () => {
    const [first, second] = readEvents(before(
      { op: "update", diffs: ["port"], old: { inputs: { port: 5432 }, outputs: { port: 1 } }, new: { inputs: { port: 5432 } } },
      { op: "update", urn: "aws:s3/bucket:Bucket::b", diffs: ["a", "tags"],
        old: { inputs: { a: secret("x"), tags: { b: 1 } } }, new: { inputs: { a: secret("y"), tags: { b: 2 } } } },
    )).changes;

    assert.deepEqual(first?.properties, [{ path: "port", from: 1, to: 5432 }]);
    assert.deepEqual(second?.properties, [{ path: "tags.b", from: 1, to: 2 }, { path: "a", from: "[secret]", to: "[secret]" }]);
  });

  it("tells a replacement once, with its reasons, in whatever order the engine does it", () => {
    const replaced = { old: { inputs: { username: "a" } }, new: { inputs: { username: "b" } }, keys: ["username"] };
    const steps = [{ op: "create-replacement", ...replaced }, { op: "replace", ...replaced }, { op: "delete-replaced", old: replaced.old }];
    for (const order of [steps, steps.toReversed()]) {
      const { changes } = readEvents(before(...order));

      assert.deepEqual(changes, [{
        urn: databaseUrn, type: "aws:rds/instance:Instance", name: "database-1", operation: "replace",
        properties: [{ path: "username", from: "a", to: "b" }], replacedBecause: ["username"],
      }]);
    }
  });

  it("tells a protection that goes, although the engine calls the resource the same", () => {
    const { changes } = readEvents(before(
      { op: "same", old: { inputs: { a: 1 }, protect: true }, new: { inputs: { a: 1 }, protect: false } },
      { op: "same", urn: "aws:s3/bucket:Bucket::b", old: { inputs: { a: 1 }, protect: true }, new: { inputs: { a: 1 }, protect: true } },
    ));

    assert.deepEqual(changes.map(({ properties }) => properties), [[{ path: "(protect)", from: true }]]);
  });

  it("tells apart what is deleted and what is only given up", () => {
    const { changes } = readEvents(before(
      { op: "delete", old: { inputs: {} } },
      { op: "delete", urn: "aws:kms/key:Key::encryption", old: { inputs: {}, retainOnDelete: true } },
    ));

    assert.deepEqual(changes.map(({ name, operation }) => [name, operation]), [["database-1", "delete"], ["encryption", "release"]]);
  });

  it("joins a parameter with the one that takes its place", () => {
    const inputs = (hash: string, value: string) => ({ inputs: { name: `/accounts/dev/service/log-level/${hash}`, insecureValue: value } });
    const { changes } = readEvents(before(
      { op: "create", urn: parameter("aa63925e"), new: inputs("aa63925e", "warn") },
      { op: "delete", urn: parameter("0b8e9e99"), old: inputs("0b8e9e99", "debug") },
    ));

    assert.deepEqual(changes.map(({ name, operation, properties }) => ({ name, operation, properties })), [{
      name: "parameters-log-level-<hash>",
      operation: "renew",
      properties: [{ path: "insecureValue", from: "debug", to: "warn" }],
    }]);
  });

  it("leaves out components, whose children say the same, and what stays", () => {
    const { changes } = readEvents(before(
      { op: "update", urn: "awsx:ecs:FargateService::service", old: { inputs: { a: 1 }, custom: false }, new: { inputs: { a: 2 }, custom: false } },
      { op: "same", old: { inputs: { a: 1 } }, new: { inputs: { a: 2 } } },
      { op: "read", urn: "aws:s3/bucket:Bucket::read", new: { inputs: {} } },
    ));

    assert.deepEqual(changes, []);
  });

  it("tells outputs of the stack that change, but not those of a first update or of one that failed", () => {
    const outputs = (url: string) => ({ inputs: {}, outputs: url === "" ? {} : { url }, custom: false });
    const changesOf = (old: string, now: string) => readEvents(
      before({ op: "same", urn: stackUrn, old: outputs(old), new: outputs(old) }) +
      after({ op: "same", urn: stackUrn, old: outputs(old), new: outputs(now) }),
    ).changes.map(({ name, properties }) => ({ name, properties }));

    assert.deepEqual(changesOf("http://a", "http://b"), [{ name: "outputs", properties: [{ path: "url", from: "http://a", to: "http://b" }] }]);
    assert.deepEqual([changesOf("http://a", "http://a"), changesOf("", "http://b"), changesOf("http://a", "")], [[], [], []]);
  });

  it("tells of a refresh what it has found", () => {
    const state = (inputs: object) => ({ old: { inputs: { a: 1 } }, new: { inputs } });
    const { changes } = readEvents(
      before({ op: "refresh", ...state({ a: 1 }) }, { op: "refresh", urn: "aws:s3/bucket:Bucket::gone", old: { inputs: {} } },
        { op: "refresh", urn: "aws:s3/bucket:Bucket::same", ...state({ a: 1 }) }) +
      after({ op: "update", ...state({ a: 2 }) }, { op: "delete", urn: "aws:s3/bucket:Bucket::gone", old: { inputs: {} } },
        { op: "same", urn: "aws:s3/bucket:Bucket::same", ...state({ a: 1 }) }),
    );

    assert.deepEqual(changes.map(({ name, operation, properties }) => ({ name, operation, properties })), [
      { name: "database-1", operation: "update", properties: [{ path: "a", from: 1, to: 2 }] },
      { name: "gone", operation: "delete", properties: [] },
    ]);
  });

  it("tells errors and warnings with what they are of, and violations of mandatory policies", () => {
    const urn = `urn:pulumi:dev::accounts::${databaseUrn}`;
    const said = (severity: string, message: string, more = {}) => line({ diagnosticEvent: { severity, message, color: "never", ...more } });
    const policy = (enforcementLevel: string) =>
      line({ policyEvent: { resourceUrn: urn, policyName: "RDS.1", message: "not public\n", enforcementLevel } });
    const { errors, warnings, violations } = readEvents(said("debug", "a") + said("info", "b") + said("error", "wrong\n", { urn })
      + said("error", "all wrong", { urn: `urn:pulumi:dev::accounts::${stackUrn}` }) + said("warning", "old") +
      said("warning", "now", { ephemeral: true }) + policy("mandatory") + policy("advisory"));

    assert.deepEqual(errors, [{ resource: "aws:rds/instance:Instance database-1", text: "wrong" }, { resource: "", text: "all wrong" }]);
    assert.deepEqual(warnings, [{ resource: "", text: "old" }]);
    assert.deepEqual(violations, [{ resource: "aws:rds/instance:Instance database-1", text: "RDS.1: not public" }]);
  });
});
