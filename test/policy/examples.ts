import type { Resource, Unwrap } from "@pulumi/pulumi";

import type { PlannedResource } from "../../offline/record";
import type { Controls } from "../../policy/control";

/** Resources as a plan holds them. */
export type Example = readonly PlannedResource[];

/** What a control lets pass, and what it complains of, with the words it has for it. */
export interface Judged {
  readonly passes: readonly Example[];
  readonly fails: readonly (readonly [Example, RegExp])[];
}

/** Of every control of an area: one that is left out does not compile. */
export type Cases<Area extends Controls> = Readonly<Record<keyof Area, Judged>>;

interface Particulars {
  readonly name?: string;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
}

type Class<R extends Resource, Args> = new (name: string, args: Args, ...rest: never[]) => R;

/** Some inputs of a type of resource, without Outputs. */
export type Inputs<C> = C extends Class<Resource, infer Args> ? Partial<Unwrap<NonNullable<Args>>> : never;

/** A resource of which only what matters to a control is said; its id is `<name>-id`. */
export function a<R extends Resource, Args>(
  type: Class<R, Args>, inputs: Partial<Unwrap<NonNullable<Args>>>, { name = "one", state = {}, ...options }: Particulars = {},
): PlannedResource {
  return planned((type as unknown as { __pulumiType: string }).__pulumiType, name, inputs, state, options);
}

const noOptions: PlannedResource["options"] = {
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: false,
  dependencies: [],
  dependsOn: [],
  ignoreChanges: [],
  replaceOnChanges: [],
  customTimeouts: {},
  aliases: [],
  hooks: [],
  transforms: 0,
  provider: "aws",
};

export function planned(
  type: string, name: string, inputs: object, state: Particulars["state"] = {}, options: Partial<PlannedResource["options"]> = {},
): PlannedResource {
  return {
    type,
    name,
    urn: `urn:pulumi:test::accounts::${type}::${name}`,
    id: `${name}-id`,
    inputs: { ...inputs },
    state: { ...state },
    options: { ...noOptions, ...options },
  };
}

/** The provider of an environment that keeps its data, or of one that does not. */
export function providerOf(data: "kept" | "disposable"): PlannedResource {
  return planned("pulumi:providers:aws", "aws", {
    region: "eu-west-1",
    allowedAccountIds: JSON.stringify(["123456789012"]),
    defaultTags: JSON.stringify({ tags: { Data: data } }),
  });
}

export function kept(...resources: PlannedResource[]): Example {
  return [providerOf("kept"), ...resources];
}

export function disposable(...resources: PlannedResource[]): Example {
  return [providerOf("disposable"), ...resources];
}

/** A policy document of one statement. */
export function document(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
