import { unknownValue, type Change, type Operation } from "./changes";
import { code } from "./markdown";
import { statefulTypes } from "./stateful";
import { isList, isObject, type PropertyChange, type Tree } from "./structure";

/** What a reviewer has to see before all else. */
export interface Finding {
  readonly change: Change;
  readonly text: string;
}

/** What loses data or would, the worst first, or takes away what keeps it from being lost. */
export function dangersIn(changes: readonly Change[], tense: Tense): Finding[] {
  return changes.toSorted((a, b) => rank(a) - rank(b)).flatMap((change) => [
    ...lossOf(change, tense),
    ...change.properties.flatMap((property) => {
      const text = lessProtection(property);
      return change.operation === "update" && text !== undefined ? [{ change, text }] : [];
    }),
  ]);
}

/** Whether it is only planned or has happened. */
export type Tense = "would be" | "was";

/** As the list of types goes: users' data come first. */
function rank({ type }: Change): number {
  const place = Object.keys(statefulTypes).indexOf(type);
  return place < 0 ? Infinity : place;
}

/** What opens something wider than it was. */
export function openingsIn(changes: readonly Change[]): Finding[] {
  return changes.filter(({ operation }) => operation !== "delete" && operation !== "release")
    .flatMap((change) => openings(change).map((text) => ({ change, text })));
}

function lossOf(change: Change, tense: Tense): Finding[] {
  const { type, operation, replacedBecause } = change;
  const content = statefulTypes[type];
  if (content === undefined) {
    return [];
  }
  const because = replacedBecause.length > 0 ? ` because of ${replacedBecause.map(code).join(", ")}` : "";
  const texts: Readonly<Partial<Record<Operation, string>>> = {
    replace: `**${tense} replaced by an empty one**${because}, and deleted with what it holds: ${content}`,
    delete: `**${tense} deleted** with what it holds: ${content}`,
    release: `**${tense} given up**: it stays in AWS with what it holds, ${content}, and Pulumi no longer knows it`,
  };
  const text = texts[operation];
  return text === undefined ? [] : [{ change, text }];
}

/** Switches that keep something from being lost, with the value that does. */
const guards: Readonly<Record<string, boolean>> = {
  "(protect)": true,
  "(retainOnDelete)": true,
  "deletionProtection": true,
  "enableDeletionProtection": true,
  "storageEncrypted": true,
  "copyTagsToSnapshot": true,
  "enableKeyRotation": true,
  "multiAz": true,
  "skipFinalSnapshot": false,
  "deleteAutomatedBackups": false,
  "publiclyAccessible": false,
  "forceDestroy": false,
  "forceDelete": false,
};

/** Days for which something is kept. */
const periods: readonly string[] = ["backupRetentionPeriod", "recoveryWindowInDays", "deletionWindowInDays", "retentionInDays"];

function lessProtection({ path, from, to }: PropertyChange): string | undefined {
  const safe = guards[path];
  if (safe !== undefined && (from === safe || (!safe && from === undefined)) && to !== safe) {
    return `**loses a protection**: ${code(path)} goes ${safe ? "off" : "on"}`;
  }
  return periods.includes(path) && typeof from === "number" && typeof to === "number" && to < from
    ? `**keeps less**: ${code(path)} goes from ${from} to ${to}` : undefined;
}

const everywhere: readonly unknown[] = ["0.0.0.0/0", "::/0"];

function openings({ type, properties }: Change): string[] {
  if (/^aws:(vpc|ec2)\/securityGroup/.test(type)) {
    return properties.filter(({ to }) => leavesOf(to).some((leaf) => everywhere.includes(leaf)))
      .map(({ path }) => `lets the whole internet in or out: ${code(path)}`);
  }
  return properties.filter(({ path }) => /policy/i.test(path)).flatMap((property) => {
    const more = grantedBy(property).map(code);
    return more.length === 0 ? [] : [`lets more be done: ${more.slice(0, grantsShown).join(", ")}` +
      `${more.length > grantsShown ? ` and ${more.length - grantsShown} more` : ""} in ${code(property.path)}`];
  });
}

/** The rest is among the changes. */
const grantsShown = 6;

/** What a policy names beyond what it named: actions, those who may, and on what. */
function grantedBy({ path, from, to }: PropertyChange): string[] {
  if (to === undefined) {
    // A condition less, or a refusal.
    return /\.Condition(\.|$)/.test(path) || (isObject(from) && from["Effect"] === "Deny") ? [`without ${path.split(".").at(-1)}`] : [];
  }
  const known = leavesOf(from).map(String);
  const named = /\.(Action|Resource|Principal)(\.|$)/.test(path) ? leavesOf(to) : path === "policyArn" ? [to] : allowsIn(to);
  return [...new Set(named.map(String))].filter((name) => name !== unknownValue && name !== "sts:AssumeRole" && !known.includes(name));
}

/** The actions of all statements in a piece of a policy that allow something, and whom. */
function allowsIn(tree: Tree): unknown[] {
  if (isList(tree)) {
    return tree.flatMap(allowsIn);
  }
  if (!isObject(tree)) {
    return [];
  }
  return tree["Effect"] === "Allow" ? [...leavesOf(tree["Action"]), ...leavesOf(tree["Principal"])]
    : Object.values(tree).flatMap(allowsIn);
}

function leavesOf(tree: Tree | undefined): unknown[] {
  return typeof tree === "object" && tree !== null ? Object.values(tree).flatMap((inner: Tree) => leavesOf(inner))
    : tree === undefined ? [] : [tree];
}
