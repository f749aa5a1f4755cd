import * as pulumi from "@pulumi/pulumi";

import type { DeliverySettings } from "../../delivery/settings";
import { ownedStacks } from "../../deployments/owned-stacks";
import { StackDeployments } from "../../deployments/stack-deployments";

/** Of a resource of Pulumi Cloud, by its logical name. */
export type Declared = ReadonlyMap<string, Inputs>;

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- what crosses Pulumi's protocol has no types */
export type Inputs = Readonly<Record<string, any>>;

/** What `deployments/` asks Pulumi Cloud for, by type. */
export async function declaredBy(settings: DeliverySettings): Promise<Record<"settings" | "schedules", Declared>> {
  const made: Record<string, Map<string, Inputs>> = {
    "pulumiservice:index:DeploymentSettings": new Map(),
    "pulumiservice:index:DriftSchedule": new Map(),
    "accounts:deployments:StackDeployments": new Map(),
  };
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      const ofType = made[type];
      if (ofType === undefined) {
        throw new Error(`${type} ${name} is new here`);
      }
      ofType.set(name, inputs as Inputs);
      return { id: name, state: inputs as Inputs };
    },
    call: ({ token }) => {
      throw new Error(`${token} is asked, but nothing here needs an answer`);
    },
  }, "accounts-deployments", "main");
  ownedStacks(settings).forEach(({ stack, ...args }) => new StackDeployments(stack, args));
  await pulumi.runtime.disconnect();
  return {
    settings: made["pulumiservice:index:DeploymentSettings"]!,
    schedules: made["pulumiservice:index:DriftSchedule"]!,
  };
}
