import * as assert from "node:assert/strict";

import { parseAllDocuments } from "yaml";

import { planText } from "../../offline/plan";
import type { Options, PlannedResource } from "../../offline/record";
import type { Plan } from "../../offline/render";
import { program } from "../../offline/stack-file";

const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hidden" };
const none: Options = {
  protect: false, retainOnDelete: false, deleteBeforeReplace: false, dependencies: [], dependsOn: [], ignoreChanges: [],
  replaceOnChanges: [], customTimeouts: {}, aliases: [], hooks: [], transforms: 0, provider: "aws",
};

function resource(path: string, inputs: Record<string, unknown> = {}, options: Partial<Options> = {}): PlannedResource {
  return {
    urn: `urn:pulumi:dev::accounts::pulumi:pulumi:Stack$${path}`,
    type: path.split("::")[0] ?? "",
    name: path.split("::")[1] ?? "",
    id: "",
    inputs,
    state: {},
    options: { ...none, ...options },
  };
}

function plan(resources: PlannedResource[], outputs: Record<string, unknown> = {}): Plan {
  return { stack: "dev", project: program, config: {}, resources, expanded: resources, outputs };
}

/** What the text says, as YAML reads it. */
function read(text: string): Record<string, unknown> {
  const [document, ...others] = parseAllDocuments(text) as { toJS(): Record<string, unknown> }[];
  assert.deepEqual(others, []);
  return document?.toJS() ?? {};
}

/** The block of a resource with these inputs and options. */
function block(inputs: Record<string, unknown>, options: Partial<Options> = {}): unknown {
  return read(planText(plan([resource("t::n", inputs, options)])))["t::n"];
}

describe("planText", () => {
  it("says what it is, and how it is made", () => {
    assert.equal(planText(plan([])).split("\n")[0],
      "# What the stack dev would create, without any cloud. Made by `npm run plan`; do not edit.");
  });

  it("has the outputs and a block for each resource, without what is the same in every line", () => {
    const text = planText(plan([resource("a::one", { x: 1 }), resource("accounts:infra:C$b::two", {})], { url: "http://here" }));
    assert.deepEqual(read(text), {
      outputs: { url: "http://here" },
      "a::one": { x: 1 },
      "accounts:infra:C$b::two": {},
    });
  });

  it("sorts what is inside, so that two plans differ only where they differ", () => {
    assert.equal(planText(plan([resource("t::n", { b: 1, a: { d: 1, c: 1 } })])),
      planText(plan([resource("t::n", { a: { c: 1, d: 1 }, b: 1 })])));
  });

  it("keeps the order of lists, because AWS does", () => {
    assert.deepEqual(block({ list: ["b", "a"] }), { list: ["b", "a"] });
  });

  it("shows no secret, however deep it is", () => {
    const text = planText(plan([resource("t::n", { registry: { password: secret }, list: [secret] })], { key: secret }));
    assert.ok(!text.includes("hidden"));
    assert.deepEqual(read(text), { outputs: { key: "[secret]" }, "t::n": { registry: { password: "[secret]" }, list: ["[secret]"] } });
  });

  it("lays JSON in strings open, because policies and containers are what a reviewer looks for", () => {
    assert.deepEqual(block({ policy: JSON.stringify({ Statement: [{ Effect: "Allow" }] }), list: '["a"]' }),
      { policy: { Statement: [{ Effect: "Allow" }] }, list: ["a"] });
  });

  it("leaves text alone that only begins like JSON", () => {
    assert.deepEqual(block({ description: "[old] a queue", pattern: "{name}" }), { description: "[old] a queue", pattern: "{name}" });
  });

  it("masks the content tag of an image, because each change of the service would change every plan", () => {
    assert.deepEqual(block({ imageName: "registry/accounts:0123456789abcdef" }), { imageName: "registry/accounts:<tag>" });
  });

  it("shows the options that change what happens to a resource", () => {
    const options: Partial<Options> = {
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: true,
      dependsOn: ["aws:kms/key:Key key"],
      ignoreChanges: ["desiredCount"],
      replaceOnChanges: ["engine"],
      customTimeouts: { update: "30m" },
      aliases: ["urn:pulumi:dev::accounts::accounts:infra:Old$t::old"],
      hooks: ["beforeCreate: migration"],
      transforms: 1,
      provider: "docker",
    };
    assert.deepEqual(block({ x: 1 }, options), {
      x: 1,
      "(protect)": true,
      "(retainOnDelete)": true,
      "(deleteBeforeReplace)": true,
      "(dependsOn)": ["aws:kms/key:Key key"],
      "(ignoreChanges)": ["desiredCount"],
      "(replaceOnChanges)": ["engine"],
      "(customTimeouts)": { update: "30m" },
      "(aliases)": ["accounts:infra:Old$t::old"],
      "(hooks)": ["beforeCreate: migration"],
      "(transforms)": 1,
      "(provider)": "docker",
    });
  });

  it("leaves out what a resource waits for because of its inputs, which is most of the others", () => {
    assert.deepEqual(block({ x: 1 }, { dependencies: ["urn:pulumi:dev::accounts::t::other"] }), { x: 1 });
  });

  it("has what awsx makes of a component, after the component", () => {
    const [component, child] = [resource("accounts:infra:C$awsx:x:Y::y", { a: 1 }), resource("accounts:infra:C$awsx:x:Y$t::y-1", { b: 1 })];
    const text = planText({ ...plan([component]), expanded: [child, component, resource("accounts:infra:C$awsx:x:Z::z")] });
    assert.deepEqual(Object.entries(read(text)), [
      ["outputs", {}],
      ["accounts:infra:C$awsx:x:Y::y", { a: 1 }],
      ["accounts:infra:C$awsx:x:Y$t::y-1", { b: 1 }],
      ["accounts:infra:C$awsx:x:Z::z", {}],
    ]);
  });

  it("says nothing of options that are not set", () => {
    assert.deepEqual(block({ x: 1 }), { x: 1 });
  });

  it("writes a value that occurs twice twice, because nobody reads anchors", () => {
    const shared = { a: [1] };
    assert.ok(!planText(plan([resource("t::n", { one: shared, two: shared })])).includes("&"));
  });

  it("breaks no line, because a broken one differs in more places than it changes", () => {
    const long = "word ".repeat(60).trim();
    assert.ok(planText(plan([resource("t::n", { long })])).split("\n").includes(`  long: ${long}`));
  });
});
