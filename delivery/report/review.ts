import { componentOf, unknownValue, type Change, type Operation } from "./changes";
import { dangersIn, openingsIn, type Finding, type Tense } from "./dangers";
import { alert, block, code, fitting, folded, longestComment } from "./markdown";
import { diffLines, transition } from "./values";

/** How many properties of a resource are told before a reader has to unfold the whole. */
const propertiesShown = 4;

/** From so many resources on, those of a component are folded. */
const manyChanges = 30;

/** From so many resources on that change in exactly the same way they are told as one, with some of their names. */
const alikeFrom = 4;
const namesShown = 6;

/** What of a comment is left to the full difference in any case. */
const roomForFull = 2_000;

/** How one speaks of changes, in the order of how much they weigh. */
export interface Words {
  readonly verbs: Readonly<Record<Operation, string>>;
  /** Before a verb that has a number before it. */
  readonly to: string;
  readonly tense: Tense;
}

/** Of a preview. */
export const wouldBe: Words = {
  verbs: {
    delete: "delete", replace: "replace", release: "give up", update: "change", create: "create", import: "take over", renew: "renew",
  },
  to: "to ",
  tense: "would be",
};

/** `1 to replace, 2 to change`; empty for nothing. */
export function counts(changes: readonly Change[], { verbs, to }: Words = wouldBe): string {
  return Object.entries(verbs).flatMap(([operation, verb]) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count === 0 ? [] : [`${count} ${to}${verb}`];
  }).join(", ");
}

/** What is dangerous, and what is to be looked at. In a stack that is new everything is open for the first time. */
function warningsOf(changes: readonly Change[], { tense }: Words): string[] {
  const isNew = changes.length >= manyChanges && changes.every(({ operation }) => operation === "create");
  const [dangers, openings] = [dangersIn(changes, tense), isNew ? [] : openingsIn(changes)];
  return [
    ...dangers.length > 0 ? [alert("CAUTION", ["**Dangerous**", "", ...dangers.map(finding)])] : [],
    ...openings.length > 0 ? [alert("WARNING", ["**Look at this**", "", ...openings.map(finding)])] : [],
  ];
}

const finding = ({ change, text }: Finding): string => `- ${resource(change)} ${text}`;

/** Each change in a line or a few, by component; what only follows from others comes last. */
function changeList(changes: readonly Change[], words: Words): string[] {
  const following = changes.filter(follows);
  const told = changes.filter((change) => !follows(change));
  const alike = groupedBy(told.filter(({ operation }) => operation === "update"), ({ properties }) => JSON.stringify(properties))
    .map(([, group]) => group).filter((group) => group.length >= alikeFrom);
  const apart = told.filter((change) => !alike.some((group) => group.includes(change)));
  const components = groupedBy(apart, componentOf).toSorted(([a], [b]) => a < b ? -1 : 1).map(([component, group]) => {
    const lines = group.toSorted((a, b) => weight(a) - weight(b)).map((change) => item(change, words)).join("\n");
    return changes.length < manyChanges ? `**${component}**\n\n${lines}`
      : folded(`<b>${component}</b>: ${counts(group, words)}`, lines);
  });
  const last = following.length > 0 ? [followingSection(following, words)] : [];
  return [...components, ...alike.map(alikeSection), ...last];
}

const weight = ({ operation }: Change): number => Object.keys(wouldBe.verbs).indexOf(operation);

/** Whether nothing is known of a change but that there is one. */
function follows({ operation, properties }: Change): boolean {
  return (operation === "update" || operation === "renew") && properties.every(({ to }) => to === unknownValue);
}

function followingSection(following: readonly Change[], { verbs }: Words): string {
  const lines = following.map((change) =>
    `- **${verbs[change.operation]}** ${resource(change)}: ${change.properties.map(({ path }) => code(path)).join(", ")}`);
  return ["**Follows from that**, with values that are not known before the update", "", ...lines].join("\n");
}

function alikeSection(group: readonly Change[]): string {
  const [first] = group;
  const names = group.slice(0, namesShown).map(resource).join(", ");
  const more = group.length - namesShown;
  return `**${group.length} resources in the same way**\n\n- ${names}${more > 0 ? ` and ${more} more` : ""}` +
    (first === undefined ? "" : propertiesOf(first));
}

function item(change: Change, { verbs }: Words): string {
  const { operation, replacedBecause } = change;
  const because = replacedBecause.length > 0 ? `, because of ${replacedBecause.map(code).join(", ")}` : "";
  const told = ["update", "replace", "renew"].includes(operation) ? propertiesOf(change) : "";
  return `- **${verbs[operation]}** ${resource(change)}${because}${told}`;
}

function propertiesOf({ properties }: Change): string {
  const lines = properties.slice(0, propertiesShown).map((property) => `  - ${code(property.path)} ${transition(property)}`);
  const more = properties.length - lines.length;
  return ["", ...lines, ...more > 0 ? [`  - and ${more} more, see below`] : []].join("\n");
}

/** `service` (ecs Service). */
function resource({ name, type }: Change): string {
  const [, module = "", kind = ""] = /^[^:]+:([^/:]*)[^:]*:([^:]*)$/.exec(type) ?? [];
  const words = `${module} ${kind}`.trim();
  return `${code(name)} (${/^[\w ]+$/.test(words) ? words : code(type)})`;
}

/** Everything, property by property. */
function fullDifference(changes: readonly Change[], { verbs }: Words, room: number, whereAll: string): string {
  const lines = changes.toSorted((a, b) => weight(a) - weight(b)).flatMap((change) => [
    `@@ ${verbs[change.operation]} ${change.type} ${change.name} @@`, ...change.properties.flatMap(diffLines),
  ]);
  const shown = fitting(lines, room - 200, (missing) => `@@ ${missing} lines more do not fit into a comment: ${whereAll} @@`);
  return folded("All of it, property by property", block(shown, "diff"));
}

/** The groups in the order of their first members. */
function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): [key: string, group: T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    groups.set(keyOf(one), [...groups.get(keyOf(one)) ?? [], one]);
  }
  return [...groups];
}

export interface ReviewArgs {
  /** The head of the comment, with what a reader must see in any case. */
  readonly head: readonly string[];
  readonly changes: readonly Change[];
  readonly words?: Words;
  /** What follows the list. */
  readonly foot?: readonly string[];
  /** Where a reader finds what does not fit. */
  readonly whereAll: string;
  /** Characters; as many as GitHub takes if not given. */
  readonly room?: number;
}

/** A comment for whoever has to say yes or no: the worst first, then what changes, then all of it. */
export function review(
  { head, changes, words = wouldBe, foot = [], whereAll, room = longestComment }: ReviewArgs,
): string {
  const first = [...head, ...warningsOf(changes, words)].join("\n\n");
  const last = foot.join("\n\n");
  const list = fitting(changeList(changes, words), room - first.length - last.length - roomForFull, (missing) =>
    `**${missing} components more do not fit into a comment: ${whereAll}**`).join("\n\n");
  const sofar = [first, list, last].filter((part) => part !== "").join("\n\n");
  return changes.length === 0 ? `${sofar}\n`
    : `${sofar}\n\n${fullDifference(changes, words, room - sofar.length, whereAll)}\n`;
}
