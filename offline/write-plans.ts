import { writeFileSync } from "node:fs";
import { relative } from "node:path";

import { planFile, planText } from "./plan";
import { render } from "./render";
import { bootstrap, committedStacks, program, projectFolder } from "./stack-file";

async function main(): Promise<void> {
  for (const project of [program, bootstrap]) {
    for (const stack of committedStacks(project)) {
      const { plan } = await render(stack, { project });
      const file = planFile(stack, project);
      writeFileSync(file, planText(plan));
      console.log(`${relative(projectFolder, file)}: ${plan.resources.length} resources`);
    }
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
