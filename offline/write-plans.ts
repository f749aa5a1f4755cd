import { writeFileSync } from "node:fs";

import { planFile, planText } from "./plan";
import { render } from "./render";
import { committedStacks } from "./stack-file";

async function main(): Promise<void> {
  for (const stack of committedStacks()) {
    const { plan } = await render(stack);
    writeFileSync(planFile(stack), planText(plan));
    console.log(`plans/${stack}.yaml: ${plan.resources.length} resources`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
