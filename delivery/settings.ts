/** How a commit of this repository gets to AWS. The workflows, `bootstrap/` and `deployments/` all read it here. */
export interface DeliverySettings {
  readonly repository: GitHubRepository;
  readonly reviewers: Reviewers;
  readonly backend: Backend;
  /** The stack in whose account and region the images are; the other stacks pull from there. */
  readonly imagesOf: string;
  /** Who deploys each committed stack. Exactly one does, so that no push deploys twice. */
  readonly stacks: Readonly<Record<string, { readonly deployedBy: Deployer }>>;
}

/** `gh api repos/<owner>/<name> --jq '.owner.id, .id'` tells the numbers; they stay when a name changes. */
export interface GitHubRepository {
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly id: number;
}

/** Who is asked on GitHub, each as `@<organization>/<team>` or `@<user>`; `npm run github-settings` tells GitHub. */
export interface Reviewers {
  /** Of what decides about rights, and about what is deployed: `.github/CODEOWNERS` names them for its files. */
  readonly code: readonly string[];
  /**
   * Of the deployments of stacks that keep data, six at most. Nobody where GitHub's plan has no such reviewers: these
   * stacks are then deployed by a workflow that somebody starts by hand.
   */
  readonly deployments: readonly string[];
}

/** Where Pulumi keeps its state: in a bucket of each stack's own account, made by `bootstrap/`, or in Pulumi Cloud. */
export type Backend =
  | { readonly kind: "bucket" }
  | { readonly kind: "pulumi-cloud"; readonly organization: string };

/** `github`: `.github/workflows/deploy.yml`. `pulumi-deployments`: Pulumi Cloud's runners, set up by `deployments/`. */
export type Deployer = "github" | "pulumi-deployments";

/** GitHub's own example organization. No role of a real account may trust it. */
export const exampleRepository: GitHubRepository = { owner: "octo-org", ownerId: 123456, name: "accounts", id: 456789 };

export const delivery: DeliverySettings = {
  // Put your own here.
  repository: exampleRepository,
  reviewers: { code: ["@octo-org/platform"], deployments: ["@octo-org/platform"] },
  backend: { kind: "bucket" },
  imagesOf: "dev",
  stacks: {
    dev: { deployedBy: "github" },
    prod: { deployedBy: "github" },
  },
};
