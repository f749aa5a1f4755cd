import * as aws from "@pulumi/aws";
import type { StackValidation } from "@pulumi/policy";

import { across, type Complaints, type Stack } from "./control";

type Instance = ReturnType<typeof allOf>[number];

/**
 * Judges the protection of databases. After a restore the old one stands beside the one that serves, protected whatever
 * the environment keeps, and without protection before it goes: of several it is enough if one is as it has to be.
 */
export function instances(judge: (instance: Instance) => Complaints): StackValidation {
  return across(function* (stack) {
    const verdicts = allOf(stack).map((instance) => [instance.resource, judge(instance)] as const);
    if (verdicts.every(([, complaints]) => complaints.some((complaint) => complaint !== undefined))) {
      yield* verdicts;
    }
  });
}

function allOf(stack: Stack) {
  return stack.of(aws.rds.Instance);
}
