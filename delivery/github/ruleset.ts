import type { RestEndpointMethodTypes } from "@octokit/rest";

import type { Part, Place, Settings } from "./part";

export interface Ruleset {
  readonly name: string;
  readonly ref: string;
  readonly rules: readonly Rule[];
}

/** What a ruleset demands. Its type and parameters have the names of GitHub's API. */
export interface Rule {
  readonly type: string;
  readonly parameters?: Parameters;
  /** What GitHub wants to be told and this project has no opinion on: what is there now stays. */
  readonly otherwise?: Parameters;
}

type Parameters = Readonly<Record<string, unknown>>;
type Written = RestEndpointMethodTypes["repos"]["createRepoRuleset"]["parameters"];

/** GitHub Actions among GitHub's apps: nobody else's check of the same name counts. */
export const gitHubActionsApp = 15368;

/** A ruleset of the repository, which nobody may pass by. Rules that it has beside these make it stricter, and stay. */
export function rulesetPart(place: Place, { name, ref, rules }: Ruleset): Part {
  const { github, repository } = place;
  const conditions = { ref_name: { include: [ref], exclude: [] } };
  return {
    name: `ruleset ${name}`,
    wanted: settingsOf({ target: "branch", enforcement: "active", bypass_actors: [], conditions, rules }),
    read: async () => {
      const found = await findRuleset(place, name);
      return found && settingsOf(found);
    },
    write: async () => {
      const found = await findRuleset(place, name);
      const ruleset: Written = {
        ...repository, name, target: "branch", enforcement: "active", bypass_actors: [], conditions,
        rules: merged(found?.rules ?? [], rules) as Written["rules"],
      };
      await (found === undefined ? github.rest.repos.createRepoRuleset(ruleset)
        : github.rest.repos.updateRepoRuleset({ ...ruleset, ruleset_id: found.id }));
    },
  };
}

interface Found {
  readonly target?: string;
  readonly enforcement: string;
  readonly bypass_actors?: readonly { readonly actor_type?: string; readonly actor_id?: number | null }[];
  readonly conditions?: { readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] } } | null;
  readonly rules?: readonly Rule[];
}

async function findRuleset({ github, repository }: Place, name: string): Promise<Found & { id: number } | undefined> {
  const { repos } = github.rest;
  // Those of the organization hold here as well, but are not this repository's.
  const all = await github.paginate(repos.getRepoRulesets, { ...repository, includes_parents: false, per_page: 100 });
  const ours = all.find((ruleset) => ruleset.name === name);
  return ours && (await repos.getRepoRuleset({ ...repository, ruleset_id: ours.id })).data as Found & { id: number };
}

function settingsOf({ target = "", enforcement, bypass_actors: actors = [], conditions, rules = [] }: Found): Settings {
  return {
    target,
    enforcement,
    bypass_actors: actors.map(({ actor_type: type, actor_id: id }) => `${type} ${id ?? ""}`.trim()),
    include: conditions?.ref_name?.include ?? [],
    exclude: conditions?.ref_name?.exclude ?? [],
    ...Object.assign({}, ...rules.map(({ type, parameters = {} }) => ({
      [type]: true,
      ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`${type}.${key}`, shown(value)])),
    }))) as Settings,
  };
}

/** Texts, numbers and switches as they are; of lists the names, and of what has none the whole. */
function shown(value: unknown): Settings[string] {
  if (Array.isArray(value)) {
    return value.map((each: unknown) => {
      const { context, integration_id: app } = Object(each) as { context?: string; integration_id?: number };
      return context === undefined ? JSON.stringify(each) : `${context} (app ${app ?? "any"})`;
    });
  }
  return typeof value === "object" ? JSON.stringify(value) : value as string | number | boolean;
}

function merged(found: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return [
    ...found.filter(({ type }) => !wanted.some((rule) => rule.type === type)),
    ...wanted.map(({ type, parameters, otherwise }) => {
      const before = found.find((rule) => rule.type === type)?.parameters;
      return parameters === undefined ? { type } : { type, parameters: { ...otherwise, ...before, ...parameters } };
    }),
  ];
}
