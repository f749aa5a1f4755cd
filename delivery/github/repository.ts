import { retry } from "@octokit/plugin-retry";
import { Octokit, type RestEndpointMethodTypes } from "@octokit/rest";

/** A comment or an issue that is looked for again by its first line. */
export interface Kept {
  /** Of which there is one in a pull request, or in the repository. */
  readonly kind: "preview" | "plan" | "drift";
  /** Empty for all of them. */
  readonly stack: string;
}

/** What became of a wish to write. `refused`: the token of this job may only read, as those of forks. */
export type Written = "created" | "updated" | "unchanged" | "refused";

export type Issue = RestEndpointMethodTypes["issues"]["listForRepo"]["response"]["data"][number];

/** GitHub answers with 502 now and then. */
const PatientOctokit = Octokit.plugin(retry);

/** The label of all issues on drift. */
export const driftLabel = "drift";

/** A repository on GitHub, with the rights of the token. */
export class Repository {
  private readonly octokit: Octokit;
  private readonly place: { readonly owner: string; readonly repo: string };

  constructor(name: string, token: string, apiUrl: string) {
    const [owner, repo] = name.split("/");
    if (!owner || !repo) {
      throw new Error(`GITHUB_REPOSITORY is "${name}", but must be <owner>/<name>`);
    }
    this.octokit = new PatientOctokit({ auth: token, baseUrl: apiUrl });
    this.place = { owner, repo };
  }

  /** That of the job; nothing where there is none, or no token to write with. */
  static ofJob(env: NodeJS.ProcessEnv = process.env): Repository | undefined {
    const { GITHUB_REPOSITORY: name, GITHUB_TOKEN: token, GITHUB_API_URL: apiUrl = "https://api.github.com" } = env;
    return name && token ? new Repository(name, token, apiUrl) : undefined;
  }

  /** Writes the one comment of its kind into a pull request, or writes it anew. */
  async putComment(pullRequest: number, kept: Kept, text: string): Promise<Written> {
    const body = bodyOf(kept, text);
    const { issues } = this.octokit.rest;
    const comments = await this.octokit.paginate(issues.listComments, {
      ...this.place, issue_number: pullRequest, per_page: 100,
    });
    const ours = comments.find((comment) => isOurs(comment, kept));
    return unlessReadOnly(async () => {
      if (ours === undefined) {
        await issues.createComment({ ...this.place, issue_number: pullRequest, body });
        return "created";
      }
      if (ours.body?.replaceAll("\r\n", "\n") === body) {
        return "unchanged";
      }
      await issues.updateComment({ ...this.place, comment_id: ours.id, body });
      return "updated";
    });
  }

  /** The latest issue of its kind, open or closed. */
  async latestIssue(kept: Kept): Promise<Issue | undefined> {
    const all = await this.octokit.paginate(this.octokit.rest.issues.listForRepo, {
      ...this.place, labels: driftLabel, state: "all", sort: "created", direction: "desc", per_page: 100,
    });
    return all.find((issue) => issue.pull_request === undefined && isOurs(issue, kept));
  }

  async openIssue(kept: Kept, title: string, text: string): Promise<number> {
    const { data } = await this.octokit.rest.issues.create({
      ...this.place, title, body: bodyOf(kept, text), labels: [driftLabel],
    });
    return data.number;
  }

  async changeIssue(
    { number }: Issue, change: { title?: string; body?: string; state?: "open" | "closed"; comment?: string },
  ): Promise<void> {
    const { comment, ...fields } = change;
    if (Object.keys(fields).length > 0) {
      await this.octokit.rest.issues.update({ ...this.place, issue_number: number, ...fields });
    }
    if (comment !== undefined) {
      await this.octokit.rest.issues.createComment({ ...this.place, issue_number: number, body: comment });
    }
  }
}

/** A text by which it is found again. */
export function bodyOf(kept: Kept, text: string): string {
  return `${marker(kept)}\n${text}`;
}

/** The first line, which nobody sees. */
function marker({ kind, stack }: Kept): string {
  return `<!-- accounts: ${[kind, stack].join(" ").trim()} -->`;
}

/** Whoever can write a comment can write the marker, too; but not in the name of an app. */
function isOurs({ body, user }: { body?: string | null; user?: { type?: string } | null }, kept: Kept): boolean {
  return user?.type === "Bot" && (body ?? "").split(/\r?\n/)[0] === marker(kept);
}

/** GitHub's other answers with 403 are of a rate limit. */
async function unlessReadOnly(write: () => Promise<Written>): Promise<Written> {
  try {
    return await write();
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    if (status === 403 && /resource not accessible/i.test(message)) {
      return "refused";
    }
    throw error;
  }
}
