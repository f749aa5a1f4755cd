import { isComponentOfAwsx } from "../offline/awsx";
import { readable, shown } from "../offline/plan";
import type { PlannedResource } from "../offline/record";
import type { Plan } from "../offline/render";

/** A property that two stacks do not have alike, or a whole resource that one of them does not have. */
export interface Difference {
  readonly type: string;
  readonly name: string;
  /** `*` for a resource that is on one side only. */
  readonly path: string;
  readonly here: string;
  readonly there: string;
}

/** A resource as it is compared: its properties by path, each as JSON. */
interface Compared {
  readonly type: string;
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * Where two stacks differ by more than their names, addresses and what follows from them. What awsx makes is compared
 * in the place of what it is told.
 */
export function differences(here: Plan, there: Plan): Difference[] {
  const [ours, theirs] = [comparedOf(here), comparedOf(there)];
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [our, their] = [ours.get(key), theirs.get(key)];
    if (our === undefined || their === undefined) {
      const { type, name } = (our ?? their) as Compared;
      return [{ type, name, path: "*", here: our ? "has it" : "has none", there: their ? "has it" : "has none" }];
    }
    const paths = [...new Set([...our.properties.keys(), ...their.properties.keys()])].toSorted();
    return paths.filter((path) => our.properties.get(path) !== their.properties.get(path)).map((path) => ({
      type: our.type,
      name: our.name,
      path,
      here: our.properties.get(path) ?? "nothing",
      there: their.properties.get(path) ?? "nothing",
    }));
  });
}

function comparedOf(plan: Plan): Map<string, Compared> {
  const neutral = neutralFor(plan);
  const outputs = { type: "outputs", name: "outputs", tree: plan.outputs };
  const trees = [outputs, ...plan.expanded.map((resource) => ({ ...resource, tree: treeOf(resource) }))];
  return new Map(trees.map(({ type, name, tree }) => {
    const properties = new Map(leaves(readable(tree))
      .map(([path, value]) => [neutral(path), neutral(JSON.stringify(value))]));
    return [`${type} ${neutral(name)}`, { type, name: neutral(name), properties }];
  }));
}

/** Inputs and options. The order in which a resource says what it waits for is no difference. */
function treeOf({ type, inputs, options }: PlannedResource): Record<string, unknown> {
  const dependsOn = options.dependsOn.map((name) => [name, true]);
  return {
    ...(isComponentOfAwsx(type) ? {} : inputs),
    ...shown({ ...options, dependsOn: [] }),
    ...(dependsOn.length > 0 && { "(dependsOn)": Object.fromEntries(dependsOn) }),
  };
}

/**
 * The values in a tree, each with its path. Entries of a list are found by name where they have one, so that one more
 * in the middle is one difference.
 */
function leaves(value: unknown, path: readonly string[] = []): [path: string, value: unknown][] {
  if (typeof value !== "object" || value === null) {
    return [[path.join("."), value]];
  }
  const entries = Array.isArray(value) ? value.map((entry, index) => [keyOf(entry) ?? String(index), entry] as const)
    : Object.entries(value);
  return entries.length === 0 && path.length > 0 ? [[path.join("."), value]]
    : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function keyOf(entry: unknown): string | undefined {
  const { name, Sid } = (entry ?? {}) as { name?: unknown; Sid?: unknown };
  return [name, Sid].find((key) => typeof key === "string");
}

/** Puts place-holders where a stack's name, account, region, boundary, addresses and people are, and hashes. */
function neutralFor({ stack, config, expanded }: Plan): (text: string) => string {
  const network = expanded.find(({ type }) => type === "aws:ec2/vpc:Vpc")?.inputs["cidrBlock"] as string | undefined;
  const [first, second] = network?.split(".") ?? [];
  const environment = config["accounts:environment"] ?? stack;
  const own = ["permissionsBoundary", "accountId", "domainName", "hostedZone", "alarmEmail"]
    .filter((key) => config[`accounts:${key}`])
    .map((key): [RegExp, string] => [word(literal(config[`accounts:${key}`] ?? "")), `<${key}>`]);
  const replaced: [found: RegExp, placeHolder: string][] = [
    [word(`accounts([-/])${literal(stack)}`), "accounts$1<stack>"],
    [new RegExp(`^"(${literal(stack)}|${literal(environment)})"$`), '"<stack>"'],
    [word(`${first}\\.${second}(?=\\.\\d+\\.\\d+)`), "<network>"],
    // Zones are the region and a letter.
    [new RegExp(literal(config["aws:region"] ?? ""), "g"), "<region>"],
    ...own,
    [/(?<=[-/])[0-9a-f]{8}(?![0-9a-f])/g, "<hash>"],
  ];
  return (text) => replaced.reduce((result, [found, placeHolder]) => result.replace(found, placeHolder), text);
}

const word = (pattern: string): RegExp => new RegExp(`(?<![A-Za-z0-9])${pattern}(?![A-Za-z0-9])`, "g");

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
