import * as pulumi from "@pulumi/pulumi";

import { deliveryProblems } from "../delivery/check";
import { keepsData } from "../delivery/deployment/kept-data";
import { exampleRepository, type DeliverySettings } from "../delivery/settings";
import { committedStacks } from "../offline/stack-file";
import type { StackDeploymentsArgs } from "./stack-deployments";

export interface OwnedStack extends StackDeploymentsArgs {
  readonly stack: string;
}

/**
 * The stacks that Pulumi Deployments own. A stack of GitHub's gets no settings at all, and loses those it had: what is
 * not there starts nothing. Throws a `RunError` with a line a problem, one being that the state is not in Pulumi Cloud.
 */
export function ownedStacks(settings: DeliverySettings): OwnedStack[] {
  const { backend, repository, stacks } = settings;
  const owned = Object.keys(stacks).filter((stack) => stacks[stack]?.deployedBy === "pulumi-deployments");
  const problems = deliveryProblems(settings, committedStacks());
  if (owned.length > 0 && repository.id === exampleRepository.id) {
    problems.push(`repository is GitHub's example ${repository.owner}/${repository.name}: put your own there`);
  }
  if (problems.length > 0) {
    throw new pulumi.RunError(problems.map((problem) => `delivery/settings.ts: ${problem}`).join("\n"));
  }
  return backend.kind === "bucket" ? [] : owned.map((stack) =>
    ({ stack, organization: backend.organization, repository, keepsData: keepsData(stack) }));
}
