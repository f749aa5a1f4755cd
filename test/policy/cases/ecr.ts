import * as aws from "@pulumi/aws";

import type { ecr } from "../../../policy/controls/ecr";
import { a, kept, type Cases, type Inputs } from "../examples";

const repository = (inputs: Inputs<typeof aws.ecr.Repository>) =>
  kept(a(aws.ecr.Repository, inputs, { state: { name: "images" } }));
const keeping = (countNumber: number) =>
  JSON.stringify({ rules: [{ selection: { countType: "imageCountMoreThan", countNumber } }] });

export const ecrCases: Cases<typeof ecr> = {
  "ECR.1": {
    passes: [repository({ imageScanningConfiguration: { scanOnPush: true } })],
    fails: [[repository({}), /scanOnPush must be true, is unset/]],
  },
  "ECR.2": {
    passes: [repository({ imageTagMutability: "IMMUTABLE" })],
    fails: [
      [repository({}), /imageTagMutability must be "IMMUTABLE", is unset/],
      [repository({ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" }), /is "IMMUTABLE_WITH_EXCLUSION"/],
    ],
  },
  "ECR.3": {
    passes: [[...repository({}), a(aws.ecr.LifecyclePolicy, { repository: "images", policy: keeping(10) })]],
    fails: [
      [repository({}), /no aws\.ecr\.LifecyclePolicy/],
      [[...repository({}), a(aws.ecr.LifecyclePolicy, { repository: "others", policy: keeping(10) })],
        /no aws\.ecr\.LifecyclePolicy/],
      [[...repository({}), a(aws.ecr.LifecyclePolicy, { repository: "images", policy: keeping(2) })],
        /countNumber must be 10 or more, is 2/],
    ],
  },
  "repository-not-forced": {
    passes: [repository({}), repository({ forceDelete: false })],
    fails: [[repository({ forceDelete: true }), /forceDelete must not be true/]],
  },
};
