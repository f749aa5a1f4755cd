import type { Answer } from "./github";

interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface Ruleset {
  readonly id: number;
  name: string;
  target: string;
  enforcement: string;
  bypass_actors: readonly object[];
  conditions: object;
  rules: readonly Rule[];
}

export interface Policy {
  readonly id: number;
  readonly name: string;
  readonly type: "branch" | "tag";
}

interface Environment {
  name?: string;
  can_admins_bypass?: boolean;
  protection_rules?: readonly { readonly type: string }[];
  deployment_branch_policy?: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null;
}

/** What an environment is told. */
interface Wishes {
  readonly reviewers?: readonly { readonly type: string; readonly id: number }[] | null;
  readonly prevent_self_review?: boolean;
  readonly wait_timer?: number;
  readonly can_admins_bypass?: boolean;
  readonly deployment_branch_policy?: Environment["deployment_branch_policy"];
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const done: Answer = { status: 204, body: {} };
const missing: Answer = { status: 404, body: { message: "Not Found" } };
const invalid = (message: string): Answer => ({ status: 422, body: { message } });

/** What GitHub wants to be told of a rule, and what it adds where nobody says. */
const rules: Readonly<Record<string, { readonly needs: readonly string[]; readonly adds: object }>> = {
  pull_request: {
    needs: ["dismiss_stale_reviews_on_push", "require_code_owner_review", "require_last_push_approval",
      "required_approving_review_count", "required_review_thread_resolution"],
    adds: { allowed_merge_methods: ["merge", "squash", "rebase"] },
  },
  required_status_checks: {
    needs: ["required_status_checks", "strict_required_status_checks_policy"],
    adds: { do_not_enforce_on_create: false },
  },
};

/** What an administrator sets of the repository `octo-org/accounts`. */
export class Administration {
  /** The repository's number. */
  id = 987_654;
  /** A public repository has everything; a private one what its plan has. */
  plan: "public" | "private, Team" | "private, Free" = "public";
  /** The role of the token's owner. */
  admin = true;
  /** What a fine-grained token may not. */
  readonly refused = new Set<string>();
  /** What GitHub takes, and does not keep. */
  forgets = "";
  /** The organization decides on the token of jobs. */
  decidedAbove = false;
  readonly accounts = new Map([["/users/ada", 11], ["/orgs/octo-org/teams/platform", 21]]);
  readonly rulesets: Ruleset[] = [];
  readonly policies = new Map<string, Policy[]>();
  token: Readonly<Record<string, unknown>> = { default_workflow_permissions: "write", can_approve_pull_request_reviews: true };
  private readonly environments: Map<string, Environment>;

  constructor(environments: Map<string, object>) {
    this.environments = environments;
  }

  /** Undefined where this is for somebody else. */
  answer(method: string, path: string | undefined, url: URL, sent: string): Answer | undefined {
    const body = (sent === "" ? {} : JSON.parse(sent)) as Record<string, unknown>;
    const id = this.accounts.get(url.pathname.toLowerCase());
    if (path === undefined) {
      return id === undefined ? undefined : ok({ id });
    }
    if (path === "") {
      return ok({ id: this.id, permissions: { admin: this.admin } });
    }
    const [, kind = "", rest = ""] = /^\/(environments|rulesets|actions\/permissions)(?:\/(.+))?$/.exec(path) ?? [];
    if (method !== "GET" && this.refused.has(kind)) {
      return {
        status: 403,
        body: { message: "Resource not accessible by personal access token" },
        headers: { "x-accepted-github-permissions": "administration=write" },
      };
    }
    switch (kind) {
      case "environments":
        return this.environment(method, rest.split("/"), body as Wishes);
      case "rulesets":
        return this.ruleset(method, rest, body as unknown as Ruleset);
      case "actions/permissions":
        return this.tokenOfJobs(method, body);
    }
  }

  private tokenOfJobs(method: string, body: Readonly<Record<string, unknown>>): Answer {
    if (method === "GET") {
      return ok(this.token);
    }
    if (this.decidedAbove) {
      return { status: 409, body: { message: "Conflict" } };
    }
    this.token = body;
    return done;
  }

  private environment(method: string, [name = "", part, id]: readonly string[], body: Wishes & Partial<Policy>): Answer {
    const found = this.environments.get(name);
    if (part === "deployment-branch-policies") {
      return found?.deployment_branch_policy?.custom_branch_policies === true
        ? this.policy(method, name, Number(id), body.name ?? "") : missing;
    }
    return method === "PUT" ? this.putEnvironment(name, body) : found === undefined ? missing : ok(found);
  }

  private policy(method: string, environment: string, id: number, name: string): Answer {
    const policies = this.policies.get(environment) ?? [];
    if (method === "GET") {
      return ok({ total_count: policies.length, branch_policies: policies });
    }
    this.policies.set(environment, method === "DELETE" ? policies.filter((policy) => policy.id !== id)
      : [...policies, { id: Math.max(0, ...policies.map((policy) => policy.id)) + 1, name, type: "branch" }]);
    return method === "DELETE" ? done : ok({});
  }

  /** What is not said stays as it is. Where a plan has no reviewers, it does not matter what is said of them. */
  private putEnvironment(name: string, wishes: Wishes): Answer {
    const { reviewers, prevent_self_review, wait_timer, can_admins_bypass, deployment_branch_policy } = wishes;
    const before = this.environments.get(name) ?? {};
    // GitHub has made the environment before it refuses its rules.
    const fresh: Environment = { name, can_admins_bypass: true, protection_rules: [], deployment_branch_policy: null };
    this.environments.set(name, { ...fresh, ...before });
    if (this.plan !== "public" && [reviewers, prevent_self_review, wait_timer].some((wish) => wish !== undefined)) {
      return invalid("Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers protection rule.");
    }
    if (this.plan === "private, Free" && deployment_branch_policy) {
      return invalid("Fail to create protected rule, please ensure billing plan include protected branch gate.");
    }
    if (prevent_self_review === true && (reviewers ?? []).length === 0) {
      return invalid("Required reviewers must have at least one reviewer to set prevent_self_review.");
    }
    const kept = (before.protection_rules ?? []).filter(({ type }) => reviewers === undefined || type !== "required_reviewers");
    const asked = reviewers?.map(({ type, id }) => ({ type, reviewer: this.account(type, id) })) ?? [];
    const rule = { type: "required_reviewers", prevent_self_review, reviewers: asked };
    this.environments.set(name, {
      ...this.environments.get(name),
      protection_rules: [...kept, ...asked.length === 0 ? [] : [rule]],
      ...can_admins_bypass !== undefined && this.forgets !== "can_admins_bypass" && { can_admins_bypass },
      ...deployment_branch_policy !== undefined && { deployment_branch_policy },
    });
    return ok(this.environments.get(name));
  }

  private account(type: string, id: number): object {
    const [path = ""] = [...this.accounts].find(([, each]) => each === id) ?? [];
    const name = path.split("/").at(-1);
    return type === "Team" ? { id, slug: name } : { id, login: name };
  }

  private ruleset(method: string, id: string, body: Omit<Ruleset, "id">): Answer {
    if (this.plan === "private, Free") {
      return { status: 403, body: { message: "Upgrade to GitHub Pro or make this repository public to enable this feature." } };
    }
    const found = this.rulesets.find((ruleset) => String(ruleset.id) === id);
    if (method === "GET" && id === "") {
      // The list tells no rules.
      return ok(this.rulesets.map((ruleset) => ({ id: ruleset.id, name: ruleset.name })));
    }
    if (method === "GET") {
      return found === undefined ? missing : ok(found);
    }
    const untold = body.rules.flatMap(({ type, parameters = {} }) =>
      (rules[type]?.needs ?? []).filter((need) => !(need in parameters)));
    if (untold.length > 0) {
      return invalid(`Validation Failed: ${untold.join(", ")} missing`);
    }
    const { name, target, enforcement, bypass_actors, conditions } = body;
    const kept = { name, target, enforcement, bypass_actors, conditions, rules: body.rules.map(withDefaults) };
    if (found === undefined) {
      this.rulesets.push({ ...kept, id: this.rulesets.length + 1 });
    } else {
      Object.assign(found, kept);
    }
    return ok({});
  }
}

function withDefaults({ type, parameters }: Rule): Rule {
  const adds = rules[type]?.adds;
  return adds === undefined ? { type } : { type, parameters: { ...adds, ...parameters } };
}
