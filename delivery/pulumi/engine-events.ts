import type { EngineEvent, StepEventMetadata, StepEventStateMetadata } from "@pulumi/pulumi/automation";

import { jsonIn } from "../../offline/plan";
import { isSecret } from "../../offline/secrets";
import { shortUrn } from "../../offline/urns";
import {
  changeOf, joinSuccessors, secretValue, unknownValue, type Change, type Operation, type Properties,
} from "../report/changes";
import { differencesIn, isList, isObject, type PropertyChange, type Tree } from "../report/structure";

/** Something that the engine, a provider or a policy has said of a resource, or of the whole. */
export interface Remark {
  /** `<type> <name>`; empty for the whole. */
  readonly resource: string;
  readonly text: string;
}

/** What an event log tells of a preview, of whatever operation. */
export interface Previewed {
  readonly changes: readonly Change[];
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** What a mandatory policy forbids. */
  readonly violations: readonly Remark[];
}

/** How Pulumi's protocol spells a value that is not known yet. */
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads what `--event-log` has written: one event a line. */
export function readEvents(log: string): Previewed {
  const events = log.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
  const said = events.flatMap(({ diagnosticEvent }) => diagnosticEvent ?? [])
    .filter(({ ephemeral }) => ephemeral !== true);
  const remarks = (wanted: string): Remark[] => said.filter(({ severity }) => severity === wanted)
    .map(({ urn, message }) => ({ resource: labelOf(urn), text: message.trim() }));
  const violations = events.flatMap(({ policyEvent }) => policyEvent ?? [])
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
    .map(({ resourceUrn, policyName, message }) =>
      ({ resource: labelOf(resourceUrn), text: `${policyName}: ${message.trim()}` }));
  return { changes: changesIn(events), errors: remarks("error"), warnings: remarks("warning"), violations };
}

function labelOf(urn = ""): string {
  const [, , types = "", name = ""] = urn.split("::");
  return types === "" || types === "pulumi:pulumi:Stack" ? "" : `${types.split("$").at(-1)} ${name}`;
}

function changesIn(events: readonly EngineEvent[]): Change[] {
  const steps = new Map<string, StepEventMetadata>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const step = resourcePreEvent?.metadata ?? resOutputsEvent?.metadata;
    const before = steps.get(step?.urn ?? "");
    if (step !== undefined && (before === undefined || supersedes(step, before, resOutputsEvent !== undefined))) {
      steps.set(step.urn, step);
    }
  }
  return joinSuccessors([...steps.values()].flatMap(changeIn));
}

/**
 * Several steps can be of one resource. A refresh says only afterwards what it has found. A replacement is told with
 * the old and the new state when the new one is created.
 */
function supersedes(step: StepEventMetadata, before: StepEventMetadata, isAfterwards: boolean): boolean {
  return (isAfterwards && before.op === "refresh") || step.op === "create-replacement" || step.op === "import-replacement"
    || (step.type === stackType && isAfterwards);
}

const stackType = "pulumi:pulumi:Stack";

const operations: Readonly<Partial<Record<string, Operation>>> = {
  "create": "create",
  "update": "update",
  "delete": "delete",
  "delete-replaced": "delete",
  "replace": "replace",
  "create-replacement": "replace",
  "import": "import",
  "import-replacement": "replace",
};

function changeIn({ op, urn, type, old: before, new: after, keys, diffs }: StepEventMetadata): Change[] {
  if (type === stackType) {
    return outputsChange(before, after);
  }
  // What a component is told goes on to its children, and is reported of them.
  if ((after ?? before)?.custom !== true) {
    return [];
  }
  const [from, to] = [propertiesOf(before), propertiesOf(after)];
  const operation = op === "same" ? "update" : operations[op];
  if (operation === undefined) {
    return [];
  }
  const change = changeOf({
    urn: shortUrn(urn),
    operation: operation === "delete" && before?.retainOnDelete === true ? "release" : operation,
    // Of what stays the same only options count: what the provider has filled in may look different without being so.
    ...op === "same" ? { from: optionsIn(from), to: optionsIn(to) } : { from, to },
    replacedBecause: operation === "replace" ? keys : [],
  });
  const outputs = opened(before?.outputs ?? {}) as Properties;
  const properties = [...change.properties, ...unseen(diffs ?? [], change, outputs, to)];
  return properties.length === 0 && operation === "update" ? [] : [{ ...change, properties }];
}

/**
 * What the provider calls another although the program asks for the same as before: what AWS says differs, or it is a
 * secret, of which both sides look alike here.
 */
function unseen(
  diffs: readonly string[], { properties }: Change, outputs: Properties, to: Properties = {},
): PropertyChange[] {
  const names = new Set(diffs.map((path) => path.split(/[.[]/)[0] ?? path));
  return [...names].filter((name) => !properties.some(({ path }) => path === name || path.startsWith(`${name}.`)))
    .flatMap((name) => {
      const isSecretNow = JSON.stringify(to[name] ?? "").includes(secretValue);
      const seen = isSecretNow ? [] : differencesIn(outputs[name], to[name], name);
      return seen.length > 0 ? seen : [{ path: name, from: secretValue, to: secretValue }];
    });
}

function outputsChange(...states: readonly (StepEventStateMetadata | undefined)[]): Change[] {
  const [from = {}, to = {}] = states.map((state) => opened(state?.outputs ?? {}) as Properties);
  const change = changeOf({ urn: `${stackType}::outputs`, operation: "update", from, to });
  // A new stack has all of them for the first time, and one that failed has none any more.
  const isNews = [from, to, change.properties].every((found) => Object.keys(found).length > 0);
  return isNews ? [change] : [];
}

function propertiesOf(state: StepEventStateMetadata | undefined): Properties | undefined {
  if (!state) {
    return undefined;
  }
  const { inputs, protect, retainOnDelete } = state;
  return {
    ...opened(inputs) as Properties,
    ...protect === true && { "(protect)": true },
    ...retainOnDelete === true && { "(retainOnDelete)": true },
  };
}

function optionsIn(properties: Properties = {}): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name.startsWith("(")));
}

/** Secrets and unknown values as words, JSON in strings laid open, without what only the provider's bridge reads. */
function opened(value: unknown): Tree {
  if (typeof value === "string") {
    return value === unknownMark ? unknownValue : opensJson(value);
  }
  if (isList(value as Tree)) {
    return (value as readonly unknown[]).map(opened);
  }
  if (isSecret(value)) {
    return secretValue;
  }
  if (isObject(value as Tree)) {
    return Object.fromEntries(Object.entries(value as object).filter(([name]) => name !== "__defaults")
      .map(([name, inner]) => [name, opened(inner)]));
  }
  return value as Tree;
}

function opensJson(text: string): Tree {
  const json = jsonIn(text);
  return json === undefined ? text : opened(json);
}
