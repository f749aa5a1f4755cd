import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { Administration } from "./github-administration";

/** Of a pull request or an issue, which GitHub numbers and comments alike. */
export interface Comment {
  readonly id: number;
  readonly on: number;
  readonly user: { readonly type: "Bot" | "User" };
  body: string;
}

export interface Issue {
  readonly number: number;
  readonly user: { readonly type: "Bot" | "User" };
  readonly labels: readonly string[];
  readonly pull_request?: object;
  title: string;
  body: string;
  state: "open" | "closed";
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** A run of `deploy.yml`. */
export interface WorkflowRun {
  readonly id: number;
  readonly run_number: number;
  status: "waiting" | "in_progress" | "completed";
  /** Of main, where nothing is said. */
  readonly head_branch?: string;
  /** Somebody approves it just after it was listed as one that waits. */
  readonly approvedOnceListed?: boolean;
}

type Fields = Partial<Issue & Comment>;

/** GitHub refuses a longer one. */
const longestBody = 65_536;

/** The part of GitHub's REST API that this project asks, with its pages and its refusals. */
export class GitHub {
  readonly comments: Comment[] = [];
  readonly issues: Issue[] = [];
  /** By name, as GitHub describes them: one without reviewers has no rules. */
  readonly environments = new Map<string, object>();
  readonly runs: WorkflowRun[] = [];
  readonly administration = new Administration(this.environments);
  /** `<method> <path>` of what was asked, with what of a page. */
  readonly asked: string[] = [];
  /** The token of a job that a fork's pull request has started; a job without rights to write has `token-to-read`. */
  readOnly = false;
  /** How many of the next answers are those of a proxy that finds nobody. */
  failing = 0;
  url = "";
  private readonly server = createServer((request, response) => {
    void this.answer(request).then(({ status, body, headers }) => {
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      response.end(JSON.stringify(body));
    });
  });

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** What a job of the repository has in its environment. */
  get environment(): Record<string, string> {
    return { GITHUB_API_URL: this.url, GITHUB_REPOSITORY: "octo-org/accounts", GITHUB_TOKEN: "token" };
  }

  comment(on: number, body: string, type: "Bot" | "User"): Comment {
    const comment = { id: this.comments.length + 1, on, user: { type }, body };
    this.comments.push(comment);
    return comment;
  }

  issue(fields: Pick<Issue, "title" | "body"> & Partial<Issue>): Issue {
    const issue: Issue = { number: this.issues.length + 1, user: { type: "Bot" }, labels: [], state: "open", ...fields };
    this.issues.push(issue);
    return issue;
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "", this.url);
    const { method = "" } = request;
    const sent = await text(request);
    this.asked.push(`${method} ${url.pathname}${url.search}`);
    if (this.failing > 0) {
      this.failing -= 1;
      return { status: 502, body: { message: "Bad Gateway" } };
    }
    const path = /^\/repos\/octo-org\/accounts(\/.*|)$/.exec(url.pathname)?.[1];
    const { authorization = "" } = request.headers;
    if (!["token token", "token token-to-read"].includes(authorization)) {
      return { status: 401, body: { message: "Bad credentials" } };
    }
    const administered = this.administration.answer(method, path, url, sent);
    if (administered !== undefined) {
      return administered;
    }
    if (path === undefined) {
      return { status: 404, body: { message: "Not Found" } };
    }
    if (method === "GET") {
      return this.read(path, url);
    }
    if (this.readOnly || authorization.endsWith("-to-read")) {
      return { status: 403, body: { message: "Resource not accessible by integration" } };
    }
    const cancelled = /^\/actions\/runs\/(\d+)\/cancel$/.exec(path)?.[1];
    if (cancelled !== undefined) {
      return this.cancel(Number(cancelled));
    }
    const fields = JSON.parse(sent) as Fields;
    return (fields.body ?? "").length > longestBody
      ? { status: 422, body: { message: "Validation Failed", errors: [{ message: "body is too long (maximum is 65536 characters)" }] } }
      : this.write(method, path, fields);
  }

  private read(path: string, url: URL): Answer {
    const on = /^\/issues\/(\d+)\/comments$/.exec(path)?.[1];
    if (on !== undefined) {
      return this.page(this.comments.filter((comment) => comment.on === Number(on)), url);
    }
    if (path === "/issues") {
      const [label, state] = [url.searchParams.get("labels"), url.searchParams.get("state") ?? "open"];
      return this.page(this.issues.filter(({ labels }) => label === null || labels.includes(label))
        .filter((issue) => state === "all" || issue.state === state).toReversed(), url);
    }
    if (path === "/actions/workflows/deploy.yml/runs") {
      return this.list(url.searchParams.get("status"), url.searchParams.get("branch"));
    }
    const run = this.runs.find(({ id }) => path === `/actions/runs/${id}`);
    return run === undefined ? { status: 404, body: { message: "Not Found" } } : { status: 200, body: run };
  }

  private list(status: string | null, branch: string | null): Answer {
    const runs = this.runs.filter((run) => run.status === status && [null, run.head_branch ?? "main"].includes(branch));
    const answer = { status: 200, body: { total_count: runs.length, workflow_runs: runs.map((run) => ({ ...run })) } };
    runs.filter(({ approvedOnceListed }) => approvedOnceListed).forEach((run) => {
      run.status = "in_progress";
    });
    return answer;
  }

  private cancel(id: number): Answer {
    const run = this.runs.find((each) => each.id === id);
    if (run === undefined || run.status === "completed") {
      return { status: run === undefined ? 404 : 409, body: { message: "Cannot cancel a workflow run that is completed." } };
    }
    run.status = "completed";
    return { status: 202, body: {} };
  }

  /** At most 100 at once, 30 where nobody asks for more, and where the next are. */
  private page(all: readonly object[], url: URL): Answer {
    const size = Math.min(Number(url.searchParams.get("per_page") ?? 30), 100);
    const page = Number(url.searchParams.get("page") ?? 1);
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    const more = all.length > page * size;
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size),
      ...more && { headers: { link: `<${next.href}>; rel="next"` } },
    };
  }

  private write(method: string, path: string, fields: Fields): Answer {
    const [, kind, number, comments] = /^\/issues(\/comments)?(?:\/(\d+))?(\/comments)?$/.exec(path) ?? [];
    if (method === "POST" && comments !== undefined) {
      return { status: 201, body: this.comment(Number(number), fields.body ?? "", "Bot") };
    }
    if (method === "POST" && number === undefined) {
      return { status: 201, body: this.issue({ title: fields.title ?? "", body: fields.body ?? "", labels: fields.labels ?? [] }) };
    }
    const changed = method !== "PATCH" ? undefined
      : kind === undefined ? this.issues.find((issue) => issue.number === Number(number))
        : this.comments.find(({ id }) => id === Number(number));
    return changed === undefined ? { status: 404, body: { message: "Not Found" } } : { status: 200, body: Object.assign(changed, fields) };
  }
}
