import { isDeepStrictEqual } from "node:util";

/** What JSON can hold. */
export type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

/** One place in which two trees differ. What is missing on a side is undefined there. */
export interface PropertyChange {
  /** Names and positions with dots between them; entries of a list by their own name where they have one. */
  readonly path: string;
  readonly from?: Tree;
  readonly to?: Tree;
}

/**
 * The smallest places in which two trees differ. An entry that comes or goes in the middle of a list is one difference,
 * and so is a reversed order.
 */
export function differencesIn(from: Tree | undefined, to: Tree | undefined, path = ""): PropertyChange[] {
  if (isDeepStrictEqual(from, to)) {
    return [];
  }
  if (isList(from) && isList(to)) {
    return inLists(from, to, path);
  }
  if (isObject(from) && isObject(to)) {
    return [...new Set([...Object.keys(from), ...Object.keys(to)])]
      .flatMap((key) => differencesIn(from[key], to[key], join(path, key)));
  }
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function inLists(from: readonly Tree[], to: readonly Tree[], path: string): PropertyChange[] {
  const changes = isNamed(from) && isNamed(to) ? differencesIn(byName(from), byName(to), path)
    : inSequences(from, to, path);
  return changes.length > 0 ? changes : [{ path: `${path} (order)`, from: orderOf(from), to: orderOf(to) }];
}

/** Entries that are on both sides cancel out; what is left is paired in its order. */
function inSequences(from: readonly Tree[], to: readonly Tree[], path: string): PropertyChange[] {
  const gone = [...from];
  const come = [...to.entries()].filter(([, entry]) => {
    const index = gone.findIndex((candidate) => isDeepStrictEqual(candidate, entry));
    if (index >= 0) {
      gone.splice(index, 1);
    }
    return index < 0;
  });
  // Texts that come and go have nothing to do with each other, unless there is only one of each.
  const paired = (gone.length === 1 && come.length === 1)
    || [...gone, ...come.map(([, entry]) => entry)].some(holdsMore);
  if (!paired) {
    return [...gone.map((entry) => ({ path, from: entry })), ...come.map(([, entry]) => ({ path, to: entry }))];
  }
  const length = Math.max(gone.length, come.length);
  return Array.from({ length }, (_, place) => {
    const [index, entry] = come[place] ?? [from.indexOf(gone[place] ?? null), undefined];
    return differencesIn(gone[place], entry, holdsMore(gone[place] ?? entry) ? join(path, String(index)) : path);
  }).flat();
}

const holdsMore = (entry: Tree | undefined): boolean => isObject(entry) || isList(entry);

const join = (path: string, key: string): string => path === "" ? key : `${path}.${key}`;

/** Entries of ECS are called by `name`, statements of a policy by `Sid`, tags by `key`. */
function nameOf(entry: Tree): string | undefined {
  return isObject(entry)
    ? [entry["name"], entry["Sid"], entry["key"]].find((name) => typeof name === "string") : undefined;
}

function isNamed(list: readonly Tree[]): boolean {
  const names = list.map(nameOf);
  return !names.includes(undefined) && new Set(names).size === names.length;
}

const byName = (list: readonly Tree[]): Tree => Object.fromEntries(list.map((entry) => [nameOf(entry), entry]));

const orderOf = (list: readonly Tree[]): Tree => list.map((entry) => nameOf(entry) ?? entry);

export function isObject(value: Tree | undefined): value is { readonly [key: string]: Tree } {
  return typeof value === "object" && value !== null && !isList(value);
}

export function isList(value: Tree | undefined): value is readonly Tree[] {
  return Array.isArray(value);
}
