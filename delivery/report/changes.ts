import { differencesIn, type PropertyChange, type Tree } from "./structure";

/**
 * What becomes of a resource. `replace`: another one takes its place, and it is deleted. `renew`: the same where that
 * is how it changes at all, and nothing is lost. `release`: Pulumi forgets it, and it stays in AWS.
 */
export type Operation = "create" | "update" | "replace" | "renew" | "delete" | "release" | "import";

/** A resource that would change, or has. */
export interface Change {
  /** `<parents' types>$<type>::<name>`. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  readonly properties: readonly PropertyChange[];
  /** Properties that cannot be changed in place; empty where nothing is replaced. */
  readonly replacedBecause: readonly string[];
}

/** Inputs by name, and options by their name in brackets. */
export type Properties = Readonly<Record<string, Tree>>;

/** For what Pulumi learns only from AWS, while it changes what comes before. */
export const unknownValue = "(known after the update)";

/** For what nobody is shown. */
export const secretValue = "[secret]";

export interface ChangeArgs {
  readonly urn: string;
  readonly operation: Operation;
  readonly from?: Properties;
  readonly to?: Properties;
  readonly replacedBecause?: readonly string[];
}

export function changeOf({ urn, operation, from = {}, to = {}, replacedBecause = [] }: ChangeArgs): Change {
  const properties = differencesIn(from, to).toSorted((a, b) => a.path < b.path ? -1 : 1);
  const { type, name } = typeAndName(urn);
  const common = { urn, type, name, properties };
  return operation === "replace" && revisions.includes(type) ? { ...common, operation: "renew", replacedBecause: [] }
    : { ...common, operation, replacedBecause };
}

/** What AWS keeps in revisions: another one is how it changes. */
const revisions: readonly string[] = ["aws:ecs/taskDefinition:TaskDefinition"];

function typeAndName(urn: string): { type: string; name: string } {
  const [types = "", name = ""] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name };
}

/** The component that a resource is part of: `Database`. Its type has no slash, unlike those of resources. */
export function componentOf({ urn }: Change): string {
  return /^[\w-]+:[\w-]+:(\w+)\$/.exec(urn)?.[1] ?? "Program";
}

/** Some names end in a hash of what they stand for, so that another value is another resource beside the old one. */
const withoutHash = (urn: string): string => urn.replace(/-[0-9a-f]{8}(?=-|$)/g, "-<hash>");

/** Joins what comes and what goes where a hash in the name is all that tells the two apart. */
export function joinSuccessors(changes: readonly Change[]): Change[] {
  const successors = new Map<Change, Change>();
  const created = changes.filter(({ operation }) => operation === "create");
  for (const gone of changes.filter(({ operation, urn }) => operation === "delete" && withoutHash(urn) !== urn)) {
    const come = created.filter(({ urn }) => withoutHash(urn) === withoutHash(gone.urn));
    if (come.length === 1 && come[0] !== undefined && !successors.has(come[0])) {
      successors.set(come[0], gone);
    }
  }
  const joined = new Set(successors.values());
  return changes.filter((change) => !joined.has(change)).map((change) => {
    const before = successors.get(change);
    if (before === undefined) {
      return change;
    }
    const [from, to] = [sideOf(before, "from"), sideOf(change, "to")];
    // That the name is another one goes without saying.
    return changeOf({
      urn: withoutHash(change.urn), operation: "renew", from: { ...from, name: "" }, to: { ...to, name: "" },
    });
  });
}

/** All properties of a resource that is only on one side. */
function sideOf({ properties }: Change, side: "from" | "to"): Properties {
  return Object.fromEntries(properties.flatMap((property) => {
    const value = property[side];
    return value === undefined ? [] : [[property.path, value]];
  }));
}
