import { repositoryOfJob } from "../github/job-repository";

/** Who answers for a deployment: reviewers that GitHub asks, the person who has started the workflow, or nobody. */
export type Approval = "reviewers" | "person" | "nobody";

/**
 * GitHub makes an environment that a job names and nobody has set up, without any reviewer; and it has no reviewers for
 * private repositories of small plans. There, who starts the workflow by hand is who approves.
 */
export async function approvalOf(environment: string, env: NodeJS.ProcessEnv = process.env): Promise<Approval> {
  const { github, repository } = repositoryOfJob(env);
  if (await hasReviewers()) {
    return "reviewers";
  }
  return env.GITHUB_EVENT_NAME === "workflow_dispatch" ? "person" : "nobody";

  async function hasReviewers(): Promise<boolean> {
    try {
      const { data } = await github.rest.repos.getEnvironment({ ...repository, environment_name: environment });
      return (data.protection_rules ?? []).some((rule) => rule.type === "required_reviewers" && "reviewers" in rule
        && (rule.reviewers ?? []).length > 0);
    } catch (error) {
      if ((error as { status?: number }).status === 404) {
        return false;
      }
      throw error;
    }
  }
}
