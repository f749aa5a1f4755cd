/** What GitHub has said instead of doing something, as Octokit throws it. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** Does something at GitHub. Rejects with what was not done, why, and how to mend it. */
export async function atGitHub<T>(what: string, done: () => Promise<T>): Promise<T> {
  try {
    return await done();
  } catch (error) {
    const refusal = error as Refusal;
    throw typeof refusal.status === "number"
      ? new Error(`${what}: ${meaningOf(refusal)}\nGitHub's own words: ${refusal.status} ${refusal.message}`, { cause: error })
      : error;
  }
}

function meaningOf({ status, message, response }: Refusal): string {
  if (/billing plan|upgrade to github/i.test(message)) {
    return "GitHub's plan of this account has no such thing for a private repository. Make the repository public, or take a "
      + "plan that has it: rulesets need Pro or Team, required reviewers Enterprise. Without reviewers, say `reviewers: { ..., "
      + "deployments: [] }` in delivery/settings.ts: who then starts the workflow `deploy` by hand is who approves";
  }
  const { "x-accepted-github-permissions": permissions, "x-accepted-oauth-scopes": scopes } = response?.headers ?? {};
  switch (status) {
    case 401:
      return "GITHUB_TOKEN is not valid, or no longer: `export GITHUB_TOKEN=\"$(gh auth token)\"`";
    case 403:
      return `the token may not do that. It has to be of an administrator of the repository, and have the right ${
        permissions ?? scopes ?? "Administration: write, or as a classic token the scope repo"}`;
    case 404:
      return "there is none that this token may see. Look for a typing mistake in delivery/settings.ts; of a team, the token "
        + "has to have the right Members: read, or as a classic token the scope read:org";
    case 409:
      return "the organization has decided this for all its repositories: an owner of it has to change it there";
    default:
      return "GitHub does not take it";
  }
}
