import * as assert from "node:assert/strict";

import { environments, settingsFor } from "../environments";
import type { Settings } from "../environments/settings";
import type { ContainerDefinition } from "../infra/container";
import type { PlannedResource } from "../offline/record";
import { render, type Plan, type RenderOptions, type Rendered } from "../offline/render";
import type { Config } from "../offline/stack-file";
import { exampleConfig } from "./example/config";
import { load } from "./loaded";
import { notingRequests, type Request } from "./requests";

/** What may differ from the committed stack and its environment. */
export interface Changes {
  readonly config?: Config;
  /** Of the environment that the stack takes. */
  readonly settings?: Change<Settings>;
  /** What environments there are; those of environments/ unless said otherwise. */
  readonly environments?: Environments;
}

type Environments = Readonly<Record<string, Settings>>;

export type Change<T> = { readonly [K in keyof T]?: T[K] extends object ? Change<T[K]> : T[K] };

const shipped = { ...environments };
const kept = new Map<string, Promise<[Rendered, Request[]]>>();

/** The plan of a committed stack, in the example's account unless the changes say otherwise. */
export async function planOf(stack: string, changes: Changes = {}): Promise<Plan> {
  return (await rendered(stack, changes))[0].plan;
}

/** What the program asks the engine for on the way to that plan. */
export async function requestsOf(stack: string, changes: Changes = {}): Promise<Request[]> {
  return (await rendered(stack, changes))[1];
}

/** All resources of a type, also those that awsx makes of its components. */
export function all(plan: Plan, type: string): PlannedResource[] {
  return plan.expanded.filter((resource) => resource.type === type);
}

/** The one resource of a type, or of a type and a name. */
export function only(plan: Plan, type: string, name?: string): PlannedResource {
  const found = all(plan, type).filter((resource) => name === undefined || resource.name === name);
  const names = all(plan, type).map((resource) => resource.name).join(", ");
  assert.equal(found.length, 1, `the plan of ${plan.stack} has ${found.length} of ${type} ${name ?? ""}; of this type it has ${names || "none"}`);
  return found[0] as PlannedResource;
}

/** The resources that a component of ours asks for, `accounts:infra:Network` and the like. */
export function childrenOf(plan: Plan, component: string): PlannedResource[] {
  return plan.resources.filter(({ urn }) => urn.includes(`::accounts:infra:${component}$`));
}

/** `type name` of each, which says more in a failed test than a URN does. */
export function labels(resources: readonly PlannedResource[]): string[] {
  return resources.map(({ type, name }) => `${type} ${name}`);
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: Record<string, string>;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

/** The statements of a policy document in JSON. */
export function statements(policy: string): Statement[] {
  return (JSON.parse(policy) as { Statement: Statement[] }).Statement;
}

export function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** A container as ECS would be told: no Outputs are left in it. */
export type PlannedContainer = {
  readonly [K in keyof ContainerDefinition]: K extends "image" ? string
    : K extends "environment" ? { name: string; value: string }[]
      : K extends "secrets" ? { name: string; valueFrom: string }[]
        : K extends "logConfiguration" ? { logDriver: string; options: Record<string, string> }
          : ContainerDefinition[K];
};

/** What the image is run as. */
export type Part = "migration" | "service";

/** The container of the service, or of the migration. */
export function containerOf(plan: Plan, part: Part): PlannedContainer {
  const definitions = JSON.parse(only(plan, "aws:ecs/taskDefinition:TaskDefinition", part).inputs["containerDefinitions"]) as PlannedContainer[];
  assert.equal(definitions.length, 1);
  return definitions[0] as PlannedContainer;
}

/** What a container finds in its environment: ECS has put the parameters' values in the place of their ARNs. */
export function environmentOf(plan: Plan, part: Part): Record<string, string> {
  const { environment, secrets } = containerOf(plan, part);
  const parameters = new Map(all(plan, "aws:ssm/parameter:Parameter")
    .map(({ state, inputs }) => [state["arn"], inputs["insecureValue"]]));
  return Object.fromEntries([
    ...environment.map(({ name, value }) => [name, value]),
    ...secrets.map(({ name, valueFrom }) => [name, parameters.get(valueFrom)]),
  ]);
}

/** A copy with other values; lists are replaced. */
export function changed<T extends object>(value: T, change: Change<T>): T {
  const entries = Object.entries(change).map(([key, inner]) => {
    const old = (value as Record<string, unknown>)[key];
    return [key, isRecord(old) && isRecord(inner) ? changed(old, inner) : inner];
  });
  return { ...value, ...Object.fromEntries(entries) as Partial<T> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A committed stack in the example's account, rendered anew, perhaps with something else that it finds there. */
export async function renderExample(
  stack: string, { config, ...options }: RenderOptions = {}, { settings, environments: others = shipped }: Changes = {},
): Promise<Rendered> {
  const whole = { ...exampleConfig(stack), ...config };
  const isChanged = others !== shipped || settings !== undefined;
  const restore = isChanged ? changeEnvironments(others, whole["accounts:environment"] ?? "", settings) : () => {};
  try {
    return await render(stack, { ...options, config: whole });
  } finally {
    restore();
  }
}

/** Renders a committed stack, each variant once: plans are only read. */
function rendered(stack: string, changes: Changes): Promise<[Rendered, Request[]]> {
  const key = JSON.stringify([stack, changes]);
  const again = kept.get(key) ?? notingRequests(() => renderExample(stack, { config: changes.config }, changes));
  kept.set(key, again);
  return again;
}

function changeEnvironments(others: Environments, name: string, change: Change<Settings> = {}): () => void {
  Object.assign(environments, others);
  const settings = environments[name as keyof typeof environments];
  Object.assign(environments, { [name]: changed<Settings>(settings, change) });
  const forget = load(require.resolve("../environments"), () => ({ environments, settingsFor }));
  return () => {
    forget();
    Object.assign(environments, shipped);
  };
}
