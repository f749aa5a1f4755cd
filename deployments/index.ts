import { delivery } from "../delivery/settings";
import { ownedStacks } from "./owned-stacks";
import { StackDeployments } from "./stack-deployments";

for (const { stack, ...args } of ownedStacks(delivery)) {
  new StackDeployments(stack, args);
}
