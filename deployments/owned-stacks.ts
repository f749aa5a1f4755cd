import * as pulumi from "@pulumi/pulumi";

import { deliveryProblems } from "../delivery/check";
import type { DeliverySettings } from "../delivery/settings";
import { environments } from "../environments";
import { committedStacks, readStackFile } from "../offline/stack-file";
import type { StackDeploymentsArgs } from "./stack-deployments";

export interface OwnedStack extends StackDeploymentsArgs {
  readonly stack: string;
}

/**
 * The stacks that Pulumi Deployments own. A stack of GitHub's gets no settings at all, and loses those it had: what is
 * not there starts nothing. Throws a `RunError` with a line a problem, one being that the state is not in Pulumi Cloud.
 */
export function ownedStacks(settings: DeliverySettings): OwnedStack[] {
  const problems = deliveryProblems(settings, committedStacks());
  if (problems.length > 0) {
    throw new pulumi.RunError(problems.map((problem) => `delivery/settings.ts: ${problem}`).join("\n"));
  }
  const { backend, repository, stacks } = settings;
  if (backend.kind === "bucket") {
    return [];
  }
  return Object.entries(stacks)
    .filter(([, { deployedBy }]) => deployedBy === "pulumi-deployments")
    .map(([stack]) => ({ stack, organization: backend.organization, repository, keepsData: keepsData(stack) }));
}

function keepsData(stack: string): boolean {
  const environment = readStackFile(stack)["accounts:environment"] ?? "";
  const [, found] = Object.entries(environments).find(([name]) => name === environment) ?? [];
  if (found === undefined) {
    const known = Object.keys(environments).join(", ");
    throw new pulumi.RunError(
      `Pulumi.${stack}.yaml: accounts:environment is "${environment}", but must be one of ${known}`,
    );
  }
  return found.keepsData;
}
