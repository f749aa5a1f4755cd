import type * as pulumi from "@pulumi/pulumi";

import { timeouts, type Options, type PlannedResource } from "../record";
import { plain, secret, secretsIn } from "../secrets";
import type { Child, Component, Expansion, Make } from "./component";
import { fargateService } from "./fargate-service";
import { loadBalancer } from "./load-balancer";
import { vpc } from "./vpc";

/** The components of awsx that the program uses, and what awsx 3.9 does with each. */
const expansions: Readonly<Record<string, Expansion>> = {
  "awsx:ec2:Vpc": vpc,
  "awsx:lb:ApplicationLoadBalancer": loadBalancer,
  "awsx:ecs:FargateService": fargateService,
};

export const isComponentOfAwsx = (type: string): boolean => type.startsWith("awsx:");

/** What a cloud says to a child. */
export type Answer = (child: Omit<Child, "id" | "state" | "parent">) => Pick<Child, "id" | "state">;

/** The outputs of a component of awsx. */
export function outputsOf(type: string, component: Component, answer: Answer): Record<string, unknown> {
  return expansionOf(type, component)(component, (childType, name, inputs, parent) =>
    ({ type: childType, name, inputs, parent, ...answer({ type: childType, name, inputs }) }));
}

/**
 * The resources that awsx makes of a component, which Pulumi's mocks do not show: they end at the component. Transforms
 * change them here as the engine would, so that a plan shows what they do.
 */
export async function expand(
  component: PlannedResource, transforms: readonly pulumi.ResourceTransform[], answer: Answer,
): Promise<PlannedResource[]> {
  const { type, name, inputs, urn, options } = component;
  const children: Child[] = [];
  const make: Make = (childType, childName, childInputs, parent) => {
    const asked = { type: childType, name: childName, inputs: childInputs };
    const child = { ...asked, parent, ...answer(asked) };
    children.push(child);
    return child;
  };
  expansionOf(type, component)({ name, inputs: plain(inputs) }, make);
  // Pulumi's mocks make a whole argument a secret for a single one in it: nobody can tell what of a child is one.
  const secrets = secretsIn(inputs);
  return Promise.all(children.map(async (child) => {
    const { props, opts } = await transformed(child, transforms);
    return {
      urn: urnOf(urn, child),
      type: child.type,
      name: child.name,
      id: isComponentOfAwsx(child.type) ? "" : child.id,
      inputs: secrets ? secretValues(props) : props,
      state: secrets ? secretValues({ ...child.state, ...props }) : { ...child.state, ...props },
      options: childOptions(options, opts),
    };
  }));
}

function expansionOf(type: string, { name }: Component): Expansion {
  const expansion = expansions[type];
  if (expansion === undefined) {
    throw new Error(`offline/awsx does not know what awsx makes of ${type}, which ${name} is: look it up in awsx's source, and add it`);
  }
  return expansion;
}

async function transformed({ type, name, inputs }: Child, transforms: readonly pulumi.ResourceTransform[]) {
  let [props, opts]: [Record<string, unknown>, pulumi.CustomResourceOptions] = [{ ...inputs }, {}];
  for (const transform of transforms) {
    const result = await transform({ type, name, custom: !isComponentOfAwsx(type), props, opts });
    [props, opts] = result === undefined ? [props, opts] : [result.props, result.opts];
  }
  return { props, opts };
}

/** A URN carries the types of all parents up to the stack. */
function urnOf(component: string, { type, name, parent }: Child): string {
  const above = parent === undefined ? component : urnOf(component, parent);
  return `${above.slice(0, above.lastIndexOf("::"))}$${type}::${name}`;
}

/** Of a component's options, `protect` alone reaches what awsx makes; a transform can set the others. */
function childOptions(component: Options, opts: pulumi.CustomResourceOptions): Options {
  const { create, update, delete: remove } = opts.customTimeouts ?? {};
  return {
    protect: opts.protect ?? component.protect,
    retainOnDelete: opts.retainOnDelete ?? false,
    deleteBeforeReplace: opts.deleteBeforeReplace ?? false,
    dependencies: [],
    dependsOn: [],
    ignoreChanges: opts.ignoreChanges ?? [],
    replaceOnChanges: opts.replaceOnChanges ?? [],
    customTimeouts: timeouts({ create, update, delete: remove }),
    aliases: [],
    hooks: [],
    transforms: 0,
    provider: component.provider,
  };
}

const secretValues = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, secret(value)]));
