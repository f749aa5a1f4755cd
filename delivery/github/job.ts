import { appendFileSync, readFileSync } from "node:fs";

/** What GitHub tells a job of itself. Outside of one nothing is known, and the terminal is all there is. */
export interface Job {
  /** `owner/name`. */
  readonly repository?: string;
  /** Of the pull request that the job was started for. */
  readonly pullRequest?: number;
  /** What was looked at: of a pull request the commit its author has pushed, and not the merge that GitHub tries. */
  readonly commit?: string;
  /** The page of this run, with its log. */
  readonly page?: string;
}

/** What of the event that started the job is of interest here. */
interface Event {
  readonly pull_request?: { readonly number: number; readonly head: { readonly sha: string } };
}

export function jobIn(env: NodeJS.ProcessEnv = process.env): Job {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run, GITHUB_SERVER_URL: server, GITHUB_EVENT_PATH: file } = env;
  const event = file ? JSON.parse(readFileSync(file, "utf8")) as Event : {};
  const commit = event.pull_request?.head.sha ?? env["GITHUB_SHA"];
  return {
    ...repository && { repository },
    ...event.pull_request && { pullRequest: event.pull_request.number },
    ...commit && { commit },
    ...run && { page: `${server}/${repository}/actions/runs/${run}` },
  };
}

/** Shows Markdown on the page of the job, and where there is none on standard error. */
export function tell(markdown: string): void {
  if (!summarize(markdown)) {
    process.stderr.write(`\n${markdown}\n`);
  }
}

/** Shows Markdown on the page of the job; says whether there is one. */
export function summarize(markdown: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const { GITHUB_STEP_SUMMARY: file } = env;
  if (file) {
    appendFileSync(file, `${markdown}\n`);
  }
  return Boolean(file);
}
