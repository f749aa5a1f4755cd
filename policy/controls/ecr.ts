import * as aws from "@pulumi/aws";

import { across, each, maySame, must, mustNot, unless, type Controls } from "../control";

/** The repository of the image. */
export const ecr = {
  "ECR.1": {
    title: "Images are scanned when they are pushed",
    severity: "high",
    where: "everywhere",
    resource: [each(aws.ecr.Repository, ({ imageScanningConfiguration }) =>
      must({ "imageScanningConfiguration.scanOnPush": imageScanningConfiguration?.scanOnPush }, true))],
  },
  "ECR.2": {
    title: "A tag is never moved to another image",
    severity: "medium",
    where: "everywhere",
    // IMMUTABLE_WITH_EXCLUSION would leave some tags movable.
    resource: [each(aws.ecr.Repository, ({ imageTagMutability }) => must({ imageTagMutability }, "IMMUTABLE"))],
  },
  "ECR.3": {
    title: "Old images go, and enough stay for a rollback",
    severity: "medium",
    where: "everywhere",
    resource: [each(aws.ecr.LifecyclePolicy, ({ policy }) => {
      const { rules } = (typeof policy === "string" ? JSON.parse(policy) : policy) as { rules: Rule[] };
      return rules.map(({ selection: { countType, countNumber } }) => unless(
        countType !== "imageCountMoreThan" || countNumber >= 10, `countNumber must be 10 or more, is ${countNumber}`));
    })],
    stack: across(function* (stack) {
      const policies = stack.of(aws.ecr.LifecyclePolicy);
      for (const { resource, props } of stack.of(aws.ecr.Repository)) {
        const kept = policies.some((policy) => maySame(() => policy.props.repository, () => props.name));
        yield [resource, unless(kept, "no aws.ecr.LifecyclePolicy has it as repository")];
      }
    }),
  },
  "repository-not-forced": {
    title: "A repository with images is not deleted along with the stack",
    severity: "medium",
    where: "keptData",
    resource: [each(aws.ecr.Repository, ({ forceDelete }) => mustNot({ forceDelete }, true))],
  },
} satisfies Controls;

interface Rule {
  readonly selection: { readonly countType: string; readonly countNumber: number };
}
