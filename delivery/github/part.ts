import type { Octokit } from "@octokit/rest";

/** A repository on GitHub, and GitHub's API with somebody's rights. */
export interface Place {
  readonly github: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
}

/** By the names that GitHub's API has for them. */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Something on GitHub that has settings. What somebody has set there beside those of `wanted` stays as it is. */
export interface Part {
  readonly name: string;
  readonly wanted: Settings;
  /** Undefined where it is not there. */
  read(): Promise<Settings | undefined>;
  write(): Promise<void>;
}

export interface Difference {
  readonly setting: string;
  /** Undefined of a part that is not there. */
  readonly from: string | undefined;
  readonly to: string;
}

/** What of a part is not as it is wanted. */
export function differencesOf({ wanted }: Part, found: Settings | undefined): Difference[] {
  return Object.entries(wanted)
    .map(([setting, to]) => ({ setting, from: found && shown(found[setting]), to: shown(to) }))
    .filter(({ from, to }) => from !== to);
}

/** Lists are sets here: GitHub gives them in any order. */
function shown(value: Settings[string] | undefined): string {
  if (typeof value !== "object") {
    return String(value ?? "not set");
  }
  return value.length === 0 ? "none" : value.toSorted().join(", ");
}

/** What is answered; undefined where GitHub says that there is none. */
export async function ifThere<T>(answer: Promise<{ readonly data: T }>): Promise<T | undefined> {
  try {
    return (await answer).data;
  } catch (error) {
    if ((error as { status?: number }).status === 404) {
      return undefined;
    }
    throw error;
  }
}
