import { committedStackFiles, pipelineProblems, placeProblems } from "./check-stack-file";
import { delivery, exampleRepository, type DeliverySettings } from "./settings";

type Rules = [holds: boolean, problem: string][];

/** What GitHub allows for an environment. */
const mostReviewers = 6;

/** In which repository a workflow runs, by GitHub's own variables: a clone may have forgotten to say which it is. */
export type Runner = Readonly<Partial<
  Record<"GITHUB_REPOSITORY" | "GITHUB_REPOSITORY_ID" | "GITHUB_REPOSITORY_OWNER_ID", string>
>>;

/** `delivery/settings.ts` against the committed stacks and the repository it runs in: one line a problem. */
export function deliveryProblems(
  settings: DeliverySettings, stacks: readonly string[], runner: Runner = {},
): string[] {
  const rules = [
    ...repositoryRules(settings, runner), ...reviewerRules(settings), ...backendRules(settings),
    ...stackRules(settings, stacks),
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** Whether somebody has said which repository this is. Nothing is deployed from a clone that does not know. */
export function isSetUp({ repository }: DeliverySettings = delivery): boolean {
  return repository.id !== exampleRepository.id;
}

/** Throws all problems at once, before anything is asked of AWS; those of the repository where a job asks. */
export function checkDelivery(runner: Runner = {}, settings = delivery, files = committedStackFiles()): void {
  refuse([
    ...deliveryProblems(settings, files.map(({ stack }) => stack), runner),
    ...files.flatMap(placeProblems),
    // Before, no pipeline deploys anything, and what it needs is not made.
    ...isSetUp(settings) ? pipelineProblems(settings, files) : [],
  ]);
}

/** Throws all of them at once. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new Error(["delivery/settings.ts and the stack files do not fit:", ...problems].join("\n- "));
  }
}

function repositoryRules({ repository }: DeliverySettings, runner: Runner): Rules {
  const { owner, ownerId, name, id } = repository;
  const numbered = (field: string, value: number): Rules[number] => [Number.isSafeInteger(value) && value > 0,
    `repository.${field} is ${value}, but must be the number that \`gh api repos/${owner}/${name} --jq '.owner.id, .id'\` tells`];
  const same = (variable: keyof Runner, value: string): Rules[number] => [
    runner[variable] === undefined || runner[variable].toLowerCase() === value.toLowerCase(),
    `${variable} is ${runner[variable]}, but repository says ${value}: AWS trusts the repository that is named there`];
  return [
    [/^[A-Za-z0-9](-?[A-Za-z0-9])*$/.test(owner), `repository.owner is "${owner}", but must be the name of a GitHub account`],
    [/^[\w.-]+$/.test(name), `repository.name is "${name}", but must be a repository's name without its owner`],
    numbered("ownerId", ownerId),
    numbered("id", id),
    same("GITHUB_REPOSITORY", `${owner}/${name}`),
    same("GITHUB_REPOSITORY_ID", String(id)),
    same("GITHUB_REPOSITORY_OWNER_ID", String(ownerId)),
  ];
}

/** A person can be anybody; a team is the organization's own, which a clone of another organization has to change. */
function reviewerRules({ reviewers, repository: { owner } }: DeliverySettings): Rules {
  const named = Object.entries(reviewers).flatMap(([field, names]: [string, readonly string[]]) =>
    names.map((name) => ({ field, name, team: /^@(.+)\/[^/]+$/.exec(name)?.[1] })));
  return [
    [reviewers.code.length > 0, "reviewers.code names nobody, but somebody must review what decides about rights"],
    [reviewers.deployments.length <= mostReviewers,
      `reviewers.deployments names ${reviewers.deployments.length}, but GitHub takes ${mostReviewers} at most: name a team`],
    ...named.map(({ field, name }): Rules[number] => [/^@[A-Za-z0-9](-?[A-Za-z0-9])*(\/[\w.-]+)?$/.test(name),
      `reviewers.${field} names "${name}", but must name each as \`@<user>\` or \`@<organization>/<team>\``]),
    ...named.map(({ field, name, team = owner }): Rules[number] => [team.toLowerCase() === owner.toLowerCase(),
      `reviewers.${field} names ${name}, but a team must be one of ${owner}, whose repository it is: put your own there, ` +
      "and into .github/CODEOWNERS"]),
  ];
}

function backendRules({ backend, stacks }: DeliverySettings): Rules {
  const onRunnersOfPulumi = Object.keys(stacks).filter((stack) => stacks[stack]?.deployedBy === "pulumi-deployments");
  return [
    [backend.kind === "pulumi-cloud" || onRunnersOfPulumi.length === 0,
      `pulumi-deployments deploys ${onRunnersOfPulumi.join(", ")}, but the backend is a bucket: Pulumi Deployments is a part ` +
      "of Pulumi Cloud, so say `github`, or `{ kind: \"pulumi-cloud\", organization: \"<yours>\" }`"],
    [backend.kind === "bucket" || /^[A-Za-z0-9][\w-]*$/.test(backend.organization),
      `backend.organization is "${backend.kind === "bucket" ? "" : backend.organization}", but must be one of Pulumi Cloud's`],
  ];
}

function stackRules({ stacks, imagesOf }: DeliverySettings, committed: readonly string[]): Rules {
  return [
    [Object.hasOwn(stacks, imagesOf), `imagesOf is ${imagesOf}, but must be one of ${Object.keys(stacks).join(", ")}`],
    // Rights go by the beginning of a name.
    ...committed.flatMap((stack) => committed.map((other): Rules[number] => [!other.startsWith(`${stack}-`),
      `the stacks ${stack} and ${other} cannot be told apart in rights on accounts-${stack}-*: give one another name`])),
    ...committed.map((stack): Rules[number] => [Object.hasOwn(stacks, stack),
      `Pulumi.${stack}.yaml is committed, but stacks says nobody who deploys it: add \`${stack}: { deployedBy: "github" }\``]),
    ...Object.keys(stacks).map((stack): Rules[number] => [committed.includes(stack),
      `stacks names ${stack}, but there is no Pulumi.${stack}.yaml: the committed stacks are ${committed.join(", ")}`]),
  ];
}
