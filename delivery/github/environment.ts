import { ifThere, type Part, type Place, type Settings } from "./part";

export interface Environment {
  readonly name: string;
  /** The refs whose jobs may take part in it; a star stands for what is between two slashes. */
  readonly refs: readonly string[];
  /** Who is asked, each as in `delivery/settings.ts`. Where that is nobody, whoever is asked now stays. */
  readonly reviewers: readonly string[];
  readonly preventSelfReview: boolean;
}

/** An environment of the repository: which jobs may take part in it, and who is asked before. */
export function environmentPart(place: Place, { name, refs, reviewers, preventSelfReview }: Environment): Part {
  // GitHub refuses these, whatever they say, where its plan has no reviewers.
  const approval = reviewers.length === 0 ? undefined
    : { prevent_self_review: preventSelfReview, can_admins_bypass: false };
  return {
    name: `environment ${name}`,
    wanted: {
      deployment_branch_policies: refs,
      ...approval && { reviewers: reviewers.map((reviewer) => reviewer.toLowerCase()), ...approval },
    },
    read: () => readEnvironment(place, name),
    write: async () => {
      const { github: { rest }, repository } = place;
      const ids = await Promise.all(reviewers.map((reviewer) => idOf(place, reviewer)));
      await rest.repos.createOrUpdateEnvironment({
        ...repository,
        environment_name: name,
        deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
        ...approval && { reviewers: ids, ...approval },
      });
      await writeRefs(place, name, refs);
    },
  };
}

async function readEnvironment(place: Place, name: string): Promise<Settings | undefined> {
  const { github: { rest }, repository } = place;
  const found: EnvironmentFound | undefined
    = await ifThere(rest.repos.getEnvironment({ ...repository, environment_name: name }));
  if (found === undefined) {
    return undefined;
  }
  const [approval] = (found.protection_rules ?? []).flatMap((rule) => "reviewers" in rule ? [rule] : []);
  const { deployment_branch_policy: restriction } = found;
  return {
    deployment_branch_policies: !restriction ? ["any branch"]
      : restriction.protected_branches ? ["protected branches"] : (await policiesOf(place, name)).map(refOf),
    reviewers: (approval?.reviewers ?? []).flatMap(({ reviewer }) => reviewer === undefined ? []
      : [`@${"slug" in reviewer ? `${repository.owner}/${reviewer.slug}` : reviewer.login}`.toLowerCase()]),
    prevent_self_review: approval?.prevent_self_review ?? false,
    can_admins_bypass: found.can_admins_bypass ?? true,
  };
}

type EnvironmentFound =
  // GitHub takes this and tells it, although its description of the API does not.
  & { readonly can_admins_bypass?: boolean }
  & Awaited<ReturnType<Place["github"]["rest"]["repos"]["getEnvironment"]>>["data"];

async function writeRefs(place: Place, name: string, refs: readonly string[]): Promise<void> {
  const { github: { rest }, repository } = place;
  const environment = { ...repository, environment_name: name };
  const policies = await policiesOf(place, name);
  const there = policies.map(refOf);
  for (const ref of refs.filter((each) => !there.includes(each))) {
    await rest.repos.createDeploymentBranchPolicy({ ...environment, name: ref, type: "branch" });
  }
  for (const policy of policies.filter((each) => !refs.includes(refOf(each)))) {
    await rest.repos.deleteDeploymentBranchPolicy({ ...environment, branch_policy_id: policy.id ?? 0 });
  }
}

interface Policy {
  readonly id?: number;
  readonly name?: string;
  readonly type?: "branch" | "tag";
}

async function policiesOf({ github, repository }: Place, name: string): Promise<readonly Policy[]> {
  return github.paginate(github.rest.repos.listDeploymentBranchPolicies,
    { ...repository, environment_name: name, per_page: 100 });
}

function refOf({ name = "", type }: Policy): string {
  return type === "tag" ? `refs/tags/${name}` : name;
}

/** As GitHub wants them: by number. */
async function idOf({ github: { rest } }: Place, reviewer: string): Promise<{ type: "Team" | "User"; id: number }> {
  const [account = "", team] = reviewer.slice(1).split("/");
  return team === undefined
    ? { type: "User", id: (await rest.users.getByUsername({ username: account })).data.id }
    : { type: "Team", id: (await rest.teams.getByName({ org: account, team_slug: team })).data.id };
}
