import { exampleRepository, type DeliverySettings } from "../../delivery/settings";

/** How commits of these stacks get to the example's account, whatever a clone's own settings say. */
export function exampleDelivery(stacks: readonly string[]): DeliverySettings {
  return {
    repository: exampleRepository,
    reviewers: { code: ["@octo-org/platform"], deployments: ["@octo-org/platform"] },
    backend: { kind: "bucket" },
    imagesOf: "dev",
    stacks: Object.fromEntries(stacks.map((stack) => [stack, { deployedBy: "github" }])),
  };
}
