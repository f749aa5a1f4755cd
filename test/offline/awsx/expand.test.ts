import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { answer, idOf, type Place } from "../../../offline/answers";
import { expand, outputsOf, type Answer } from "../../../offline/awsx";
import type { Options, PlannedResource } from "../../../offline/record";
import { isSecret, plain, secret } from "../../../offline/secrets";
import { projectFolder } from "../../../offline/stack-file";

interface Case {
  readonly title: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  /** Each under the types from the component down to it, and its name. */
  readonly children: readonly { readonly path: string; readonly inputs: Record<string, unknown> }[];
}

/**
 * What awsx itself makes of components: `ask-awsx.ts` has run its own code. The commit is the last before the release
 * of which the source could be had. The components are those of dev and prod, and others that are told all that they
 * may be told.
 */
const made = JSON.parse(readFileSync(join(__dirname, "made-by-awsx.json"), "utf8")) as {
  readonly awsx: string;
  readonly cases: readonly Case[];
};
const place: Place = { stack: "golden", region: "eu-west-1", accountId: "123456789012" };
const cloud: Answer = (child) => ({ id: idOf(child), state: answer(child, place) });

const none: Options = {
  protect: false, retainOnDelete: false, deleteBeforeReplace: false, dependencies: [], dependsOn: [], ignoreChanges: [],
  replaceOnChanges: [], customTimeouts: {}, aliases: [], hooks: [], transforms: 0, provider: "aws",
};

const urnOf = (type: string) => `urn:pulumi:golden::accounts::accounts:infra:Part$${type}`;

function component({ type, name, inputs }: Pick<Case, "type" | "name" | "inputs">, options = none): PlannedResource {
  return { urn: `${urnOf(type)}::${name}`, type, name, id: "", inputs, state: {}, options };
}

/** The containers are compared as what they are, not as the text that holds them. */
function opened(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { containerDefinitions } = inputs;
  return containerDefinitions === undefined ? inputs
    : { ...inputs, containerDefinitions: JSON.parse(containerDefinitions as string) as unknown };
}

const caseOf = (type: string): Case => made.cases.find((each) => each.type === type) as Case;
const vpc = caseOf("awsx:ec2:Vpc");
const balancer = caseOf("awsx:lb:ApplicationLoadBalancer");
const service = caseOf("awsx:ecs:FargateService");

const expanded = (asked: PlannedResource, transforms: pulumi.ResourceTransform[] = []) =>
  expand(asked, transforms, cloud);

async function childOf(
  asked: PlannedResource, type: string, transforms: pulumi.ResourceTransform[],
): Promise<PlannedResource> {
  const [found, ...others] = (await expanded(asked, transforms)).filter((child) => child.type === type);
  assert.ok(found !== undefined && others.length === 0, `one ${type} is expected`);
  return found;
}

describe("the expansion of awsx's components", () => {
  it("is that of the awsx that is installed", () => {
    const { dependencies } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    assert.equal(dependencies["@pulumi/awsx"], made.awsx,
      "another awsx may make other resources: run test/offline/awsx/ask-awsx.ts, and look at what has changed");
  });

  describe("has the resources that awsx itself makes, under its names and with its inputs:", () => {
    for (const { title, type, name, inputs, children } of made.cases) {
      it(`${type}, ${title}`, async () => {
        const found = (await expanded(component({ type, name, inputs })))
          .map((child) => ({ path: child.urn.replace(`${urnOf(type)}$`, ""), inputs: opened(child.inputs) }));
        const expected = children.map(({ path, inputs: asked }) => ({ path, inputs: opened(asked) }));
        const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
        assert.deepEqual(found.toSorted(byPath), expected.toSorted(byPath));
      });
    }
  });

  for (const { title, type, name, inputs, outputs } of made.cases) {
    if (outputs !== undefined) {
      it(`hands out the ids in awsx's order: ${title}`, () => {
        assert.deepEqual(outputsOf(type, { name, inputs }, cloud), outputs);
      });
    }
  }

  it("knows no argument that was not tried with awsx itself", async () => {
    for (const asked of [vpc, balancer, service]) {
      const tried = made.cases.filter(({ type }) => type === asked.type).flatMap(({ inputs }) => Object.keys(inputs));
      const surprised = component({ ...asked, inputs: { ...asked.inputs, surprise: 1 } });
      await assert.rejects(expanded(surprised), (error: Error) => {
        const known = /it knows (.*)\. Look up/.exec(error.message)?.[1]?.split(", ") ?? [];
        assert.deepEqual(known.toSorted(), [...new Set(tried)].toSorted());
        return true;
      });
    }
  });

  describe("refuses what nobody has looked up:", () => {
    const group = balancer.inputs["defaultTargetGroup"] as object;
    const definition = service.inputs["taskDefinitionArgs"] as Record<string, object>;
    const withTask = (change: object) =>
      ({ ...service, inputs: { ...service.inputs, taskDefinitionArgs: { ...definition, ...change } } });
    const refused: [title: string, asked: Pick<Case, "type" | "name" | "inputs">, message: RegExp][] = [
      ["another component", { ...vpc, type: "awsx:ec2:DefaultVpc" }, /^offline\/awsx does not know what awsx makes of awsx:ec2:DefaultVpc, which network is: look it up/],
      ["an argument", { ...vpc, inputs: { ...vpc.inputs, vpcEndpointSpecs: [] } }, /awsx\.ec2\.Vpc network: vpcEndpointSpecs is not known; it knows cidrBlock, /],
      ["a default", { ...balancer, inputs: { ...balancer.inputs, securityGroups: undefined } }, /awsx\.lb\.ApplicationLoadBalancer load-balancer: securityGroups is missing;/],
      ["another strategy of subnets", { ...vpc, inputs: { ...vpc.inputs, subnetStrategy: "Legacy" } }, /by the strategy Auto only, but network has Legacy$/],
      ["a target group's port out of a listener's", { ...balancer, inputs: { ...balancer.inputs, defaultTargetGroup: { ...group, port: undefined } } }, /^the target group of .* load-balancer has no port: say it/],
      ["a listener's protocol out of its port", { ...balancer, inputs: { ...balancer.inputs, listeners: [{ port: 80 }] } }, /^listener 0 of .* load-balancer has no protocol: say it/],
      ["a role of awsx", withTask({ taskRole: { skip: true } }), /the task role of .* service: skip is not known, roleArn is missing/],
      ["a log group of awsx", withTask({ logGroup: {} }), /the log group of .* service: existing is missing/],
      ["a container's log out of the log group", withTask({ container: { ...definition["container"], logConfiguration: undefined } }), /^the container of .* service has no logConfiguration: say it/],
      ["a port out of a target group's", withTask({ container: { ...definition["container"], portMappings: [{ targetGroup: {} }] } }), /a port of .* service: targetGroup is not known, containerPort is missing/],
    ];
    for (const [title, asked, message] of refused) {
      it(title, async () => {
        await assert.rejects(expanded(component(asked)), { message });
      });
    }
  });

  describe("shows what transforms do, which run for each child and not for the component:", () => {
    const type = "aws:ecs/service:Service";

    it("options", async () => {
      const timeouts = { create: "30m", update: "30m" };
      const told = { ignoreChanges: ["desiredCount"], customTimeouts: timeouts, retainOnDelete: true };
      const transform: pulumi.ResourceTransform = (args) => args.type === type
        ? { props: args.props, opts: pulumi.mergeOptions(args.opts, told) } : undefined;
      const { options, inputs } = await childOf(component(service), type, [transform]);
      assert.deepEqual(options, { ...none, ...told });
      assert.equal(inputs["desiredCount"], service.inputs["desiredCount"]);
      const others = (await expanded(component(service), [transform])).filter((child) => child.type !== type);
      assert.deepEqual(others.map((child) => child.options), others.map(() => none));
    });

    it("inputs, also by a promise, one transform after the other", async () => {
      const add = (by: number): pulumi.ResourceTransform => ({ props, opts }) =>
        Promise.resolve({ props: { ...props, desiredCount: (props["desiredCount"] as number) * 2 + by }, opts });
      const asked = component({ ...service, inputs: { ...service.inputs, desiredCount: 5 } });
      const { inputs, state } = await childOf(asked, type, [add(1), add(0)]);
      assert.equal(inputs["desiredCount"], 22);
      assert.equal(state["desiredCount"], 22);
    });

    it("with what the engine tells them", async () => {
      const seen: string[] = [];
      await expanded(component(service), [({ custom, type, name }) => void seen.push(`${custom} ${type} ${name}`)]);
      assert.deepEqual(seen.toSorted(), [
        "false awsx:ecs:FargateTaskDefinition service",
        "true aws:ecs/service:Service service",
        "true aws:ecs/taskDefinition:TaskDefinition service",
      ]);
    });
  });

  it("hands on of the component's options what the engine hands on: its protection and its provider", async () => {
    const handedOn = { ...none, protect: true, provider: "other" };
    const ofItsOwn = { ignoreChanges: ["vpcId"], retainOnDelete: true, dependsOn: ["a b"], transforms: 1 };
    const children = await expanded(component(balancer, { ...handedOn, ...ofItsOwn }));
    assert.deepEqual(children.map((child) => child.options), children.map(() => handedOn));
  });

  it("keeps all of a component's children secret that is told a secret, since nobody can tell where it went", async () => {
    const inputs = { ...service.inputs, taskDefinitionArgs: secret(service.inputs["taskDefinitionArgs"]) };
    const children = await expanded(component({ ...service, inputs }));
    assert.equal(children.length, 3);
    for (const { inputs: hidden, state } of children) {
      assert.deepEqual([...Object.values(hidden), ...Object.values(state)].filter((value) => !isSecret(value)), []);
    }
    const open = await expanded(component(service));
    assert.deepEqual(children.map((child) => plain(child.inputs)), open.map((child) => child.inputs));
  });
});
