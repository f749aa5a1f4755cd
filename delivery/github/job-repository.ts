import { Octokit } from "@octokit/rest";

/** The repository of this job, and GitHub's API with the job's rights. */
export function repositoryOfJob(env: NodeJS.ProcessEnv = process.env) {
  const { GITHUB_REPOSITORY = "", GITHUB_TOKEN: auth, GITHUB_API_URL: baseUrl } = env;
  const [owner = "", repo = ""] = GITHUB_REPOSITORY.split("/");
  if (repo === "" || !auth) {
    throw new Error("GITHUB_REPOSITORY and GITHUB_TOKEN are not set: this is for a job of GitHub's");
  }
  return { github: new Octokit({ auth, baseUrl }), repository: { owner, repo } };
}
