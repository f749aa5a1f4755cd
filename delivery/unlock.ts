import { checkDelivery } from "./check";
import { runPulumi } from "./pulumi/run";
import { runScript } from "./run-script";
import { stackReference } from "./target";

/**
 * Takes away the lock of an update that was ended from outside. Only where no other update can be under way, as in a
 * job that holds the stack's concurrency group. The record of that update makes the next one look what it has done.
 */
async function main([stack = ""]: readonly string[]): Promise<number> {
  checkDelivery();
  return (await runPulumi(["cancel", "--yes", "--stack", stackReference(stack)], { output: "show" })).code;
}

runScript(() => main(process.argv.slice(2)));
