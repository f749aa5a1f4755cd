import { Octokit } from "@octokit/rest";

import { committedStacks } from "../offline/stack-file";
import { deliveryProblems, isSetUp, refuse } from "./check";
import { differencesOf, type Difference, type Part, type Place } from "./github/part";
import { atGitHub } from "./github/refusal";
import { wantedOf } from "./github/wanted";
import { runScript } from "./run-script";
import { delivery, type DeliverySettings } from "./settings";

const usage = "usage: npm run github-settings [-- --dry-run | --apply]";

/** That something is not there yet is no error, and what is one is told once. */
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Outcome = readonly [part: string, differences: readonly Difference[]];

/**
 * Prints what of GitHub's side is not as `delivery/settings.ts` and the stacks want it, and with `--apply` sets it.
 * Rejects with what GitHub refuses; what was set before it is printed all the same.
 */
export async function gitHubSettings(
  args: readonly string[], settings: DeliverySettings = delivery, env: NodeJS.ProcessEnv = process.env,
  print = (text: string): unknown => process.stdout.write(text),
): Promise<void> {
  const apply = args.at(-1) === "--apply";
  if (args.length > 1 || !(apply || (args[0] ?? "--dry-run") === "--dry-run")) {
    throw new Error(`${usage}, but got "${args.join(" ")}"`);
  }
  const place = await openRepository(settings, env);
  const outcomes: Outcome[] = [];
  try {
    for (const part of wantedOf(place, settings)) {
      outcomes.push([part.name, await settle(part, apply)]);
    }
  } finally {
    print(tableOf(outcomes, apply));
  }
  if (!apply && outcomes.some(([, differences]) => differences.length > 0)) {
    print("\nNothing was changed. To do it: npm run github-settings -- --apply\n");
  }
}

/** Rejects where the repository is not the one that AWS trusts, or the token not an administrator's. */
async function openRepository(
  settings: DeliverySettings, { GITHUB_TOKEN: auth, GITHUB_API_URL: baseUrl }: NodeJS.ProcessEnv,
): Promise<Place> {
  const { owner, name: repo, id } = settings.repository;
  if (!isSetUp(settings)) {
    throw new Error("delivery/settings.ts does not say yet which repository this is: docs/delivery.md, From an empty account to prod");
  }
  refuse(deliveryProblems(settings, committedStacks()));
  if (!auth) {
    throw new Error("GITHUB_TOKEN is not set: `export GITHUB_TOKEN=\"$(gh auth token)\"`, as an administrator of the repository");
  }
  const github = new Octokit({ auth, baseUrl, log: silent });
  const { data } = await atGitHub(`repository ${owner}/${repo}`, () => github.rest.repos.get({ owner, repo }));
  if (data.id !== id) {
    throw new Error(`${owner}/${repo} has the number ${data.id}, but delivery/settings.ts says ${id}, which is what AWS will trust`);
  }
  if (data.permissions?.admin !== true) {
    throw new Error(`the token's owner is no administrator of ${owner}/${repo}: ask for the role Admin, or let somebody run this who has it`);
  }
  return { github, repository: { owner, repo } };
}

/** What differs, or did before it was set. Rejects where GitHub takes a setting and does not keep it. */
async function settle(part: Part, apply: boolean): Promise<readonly Difference[]> {
  const differences = differencesOf(part, await atGitHub(part.name, part.read));
  if (apply && differences.length > 0) {
    await atGitHub(part.name, part.write);
    const left = differencesOf(part, await atGitHub(part.name, part.read));
    if (left.length > 0) {
      throw new Error(`${part.name}: GitHub took this and did not keep it, so set it by hand: ${
        left.map(({ setting, from, to }) => `${setting} is ${from}, but must be ${to}`).join("; ")}`);
    }
  }
  return differences;
}

/** One line a setting that differs, and one a part that does not. */
function tableOf(outcomes: readonly Outcome[], applied: boolean): string {
  const rows = outcomes.flatMap(([part, differences]) => differences.length === 0 ? [["unchanged", part, "", ""]]
    : differences.map(({ setting, from, to }) => [
      `${from === undefined ? "create" : "change"}${applied ? "d" : ""}`, part, setting, from === undefined ? to : `${from} -> ${to}`,
    ]));
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`).join("");
}

if (require.main === module) {
  runScript(() => gitHubSettings(process.argv.slice(2)));
}
