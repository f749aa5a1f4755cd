import { delivery, type Deployer, type DeliverySettings } from "../../delivery/settings";

const deployers: readonly Deployer[] = ["github", "pulumi-deployments"];

/** The committed settings with the state in Pulumi Cloud, once for each way to give its stacks to deployers. */
export function everyOwnership(): DeliverySettings[] {
  return Object.keys(delivery.stacks)
    .reduce<Record<string, Deployer>[]>((made, stack) =>
      made.flatMap((owners) => deployers.map((deployer) => ({ ...owners, [stack]: deployer }))), [{}])
    .map(ownedBy);
}

/** The committed settings with the state in Pulumi Cloud and these owners; GitHub owns what is not named. */
export function ownedBy(owners: Readonly<Record<string, Deployer>>): DeliverySettings {
  const stacks = Object.keys(delivery.stacks).map((stack) => [stack, { deployedBy: owners[stack] ?? "github" }]);
  return {
    ...delivery,
    repository: { owner: "acme", ownerId: 1, name: "accounts", id: 2 },
    reviewers: { code: ["@acme/platform"], deployments: ["@acme/platform"] },
    backend: { kind: "pulumi-cloud", organization: "acme" },
    stacks: Object.fromEntries(stacks) as DeliverySettings["stacks"],
  };
}

/** `dev: github, prod: pulumi-deployments`. */
export function titleOf({ stacks }: DeliverySettings): string {
  return Object.entries(stacks).map(([stack, { deployedBy }]) => `${stack}: ${deployedBy}`).join(", ");
}
