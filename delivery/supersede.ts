import { repositoryOfJob } from "./github/job-repository";
import { deployedRef, deployWorkflow } from "./names";
import { runScript } from "./run-script";

/**
 * Cancels the runs of `deploy.yml` before this one that only wait for an approval: what they would deploy is part of
 * this one. A run that is at work is left alone.
 */
async function main(): Promise<void> {
  const { github, repository } = repositoryOfJob();
  const ours = Number(process.env.GITHUB_RUN_NUMBER);
  const waiting = await github.paginate(github.rest.actions.listWorkflowRuns, {
    ...repository, workflow_id: deployWorkflow.split("/").at(-1) ?? "", branch: deployedRef.replace("refs/heads/", ""), status: "waiting", per_page: 100,
  });
  for (const { id, run_number: number } of waiting.filter((run) => run.run_number < ours)) {
    // The list may be a moment old: one that was approved meanwhile must go on.
    const { data: run } = await github.rest.actions.getWorkflowRun({ ...repository, run_id: id });
    if (run.status === "waiting") {
      await github.rest.actions.cancelWorkflowRun({ ...repository, run_id: id });
      process.stderr.write(`run ${number} waited, and is part of this one: cancelled\n`);
    }
  }
}

runScript(main);
