import * as pulumi from "@pulumi/pulumi";

import { isComponentOfAwsx } from "./awsx";
import type { PlannedResource } from "./record";

/** What the program says to the SDK about a resource, and the SDK to the engine in another form, or not at all. */
export interface Said {
  readonly dependsOn: readonly string[];
  readonly transforms: readonly pulumi.ResourceTransform[];
}

type Asked = Pick<pulumi.ResourceTransformationArgs, "type" | "name" | "opts">;

export function saidOf({ type, name, opts }: Asked, noteProblem: (problem: string) => void): Said {
  const { transforms = [] } = opts;
  if (transforms.length > 0 && !isComponentOfAwsx(type)) {
    noteProblem(`${type} ${name} has transforms, but a plan shows what they do to components of awsx only: ` +
      "give it its inputs");
  }
  return { dependsOn: namesOf(opts.dependsOn, `${type} ${name}`, noteProblem), transforms };
}

/** What a resource is said to wait for, by name. */
function namesOf(dependsOn: unknown, waiting: string, noteProblem: (problem: string) => void): string[] {
  return [dependsOn ?? []].flat().map((resource) => {
    if (!pulumi.Resource.isInstance(resource)) {
      noteProblem(`${waiting} depends on something that is no resource yet: name the resources in dependsOn themselves`);
    }
    const { __pulumiType, __name } = resource as { __pulumiType?: string; __name?: string };
    return `${__pulumiType} ${__name}`;
  });
}

/** A resource whose inputs throw is left out by the SDK without a word. */
export function neverRegistered(said: ReadonlyMap<string, Said>, resources: readonly PlannedResource[]): string[] {
  const registered = new Set(resources.map(({ type, name }) => `${type} ${name}`));
  return [...said.keys()].filter((resource) => !registered.has(resource)).map((resource) =>
    `${resource} is not in the plan: something that its inputs wait for has thrown`);
}
