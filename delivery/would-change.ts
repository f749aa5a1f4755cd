import { approvalOf } from "./approval";
import { checkDelivery } from "./check";
import { summarize } from "./job-summary";
import { gitHubEnvironment } from "./names";
import { checkTypes, runPulumi } from "./pulumi";
import { isRecorded, readRecord } from "./record";
import { runScript } from "./run-script";
import { imageFor, withStack } from "./stack-image";
import { readUpArgs, type UpArgs } from "./up-arguments";

/** Pulumi's exit code where `--expect-no-changes` was wrong. */
const unexpectedChanges = 7;

/**
 * Whether an update has anything to do in a stack: nobody is to be asked to approve nothing. Pulumi alone cannot tell:
 * after a deployment that was taken back its state holds what was meant. Rejects when the preview itself fails.
 */
export async function wouldChange({ stack, image: asked, rest }: UpArgs): Promise<boolean> {
  checkDelivery();
  const before = isRecorded(stack) ? await readRecord(stack) : undefined;
  const image = imageFor(stack, asked, before);
  await checkTypes();
  const { code, stdout, stderr } = await withStack(stack, image, (chosen) => runPulumi(
    ["preview", ...chosen, "--non-interactive", "--diff", "--expect-no-changes", ...rest], { output: "capture" },
  ));
  process.stderr.write(`${stdout}${stderr}\n`);
  if (code !== 0 && code !== unexpectedChanges) {
    throw new Error(`the preview of ${stack} ended with ${code}, see above`);
  }
  return code === unexpectedChanges || before?.result !== "deployed" || before.image !== image;
}

/** Whether the workflow is to go on to the deployment, which GitHub then asks the reviewers of its environment for. */
async function proceeds(args: UpArgs): Promise<boolean> {
  const { stack } = args;
  if (!await wouldChange(args)) {
    summarize(`## ${stack}: nothing would change\n\nIt runs this already. Nobody is asked to approve it.`);
    return false;
  }
  const environment = gitHubEnvironment("deploy", stack);
  if (await approvalOf(environment) === "nobody") {
    summarize(`## ${stack}: not deployed\n\nThe environment \`${environment}\` of this repository has no required reviewers, so that `
      + "nobody would be asked. Set them with `npm run github-settings`; where GitHub has none for this repository, start this "
      + "workflow by hand.");
    return false;
  }
  return true;
}

if (require.main === module) {
  runScript(async () => {
    const proceed = await proceeds(readUpArgs(process.argv.slice(2)));
    process.stdout.write(`proceed=${proceed}\n`);
  });
}
