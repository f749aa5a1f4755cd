import * as pulumi from "@pulumi/pulumi";

import type { Said } from "./said";
import { aliasUrns } from "./urns";

/** A resource as the program asks for it, with what it was answered. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Empty for a component, which is nothing in a cloud. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, any>>;
  readonly state: Readonly<Record<string, any>>;
  readonly options: Options;
}

/** The options that change what happens to a resource. */
export interface Options {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** URNs of everything the resource waits for, said or implied. */
  readonly dependencies: readonly string[];
  /** `type name` of what the program says the resource waits for. */
  readonly dependsOn: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** Of the operations that have one, `30m` for example. */
  readonly customTimeouts: Timeouts;
  /** URNs that the resource had before: the engine takes what stands under one of them for this resource. */
  readonly aliases: readonly string[];
  /** Resource and hook names under `beforeCreate` and so on. */
  readonly hooks: readonly string[];
  /** How many functions may still change what awsx makes of it. */
  readonly transforms: number;
  /** The name of the provider that makes it, `default` for the engine's own; empty for a provider. */
  readonly provider: string;
}

export type Timeouts = Readonly<Partial<Record<"create" | "update" | "delete", string>>>;

/**
 * The mocks see a resource's inputs only; its options and URN are in the requests to the monitor. What was said is
 * found under `type name`.
 */
export function recordResources(said: ReadonlyMap<string, Said>): PlannedResource[] {
  const resources: PlannedResource[] = [];
  // The protocol's classes are not part of the SDK's public types, here and below.
  const monitor = pulumi.runtime.getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: any, respond: (error: unknown, response: any) => void) =>
    register(request, (error: unknown, response: any) => {
      if (response && request.getType() !== "pulumi:pulumi:Stack") {
        const above = resources.find(({ urn }) => urn === request.getParent());
        resources.push(planned(request, response, said.get(`${request.getType()} ${request.getName()}`), above));
      }
      respond(error, response);
    });
  // The mocks announce resource hooks, but do not take their registration.
  monitor.registerResourceHook = (_: unknown, respond: (error: null, response: object) => void) => respond(null, {});
  return resources;
}

function planned(
  request: any, response: any, said: Said | undefined, above: PlannedResource | undefined,
): PlannedResource {
  const hooks = Object.entries(request.getHooks()?.toObject() ?? {}) as [string, string[]][];
  const { create, update, pb_delete } = request.getCustomtimeouts()?.toObject() ?? {};
  return {
    urn: response.getUrn(),
    type: request.getType(),
    name: request.getName(),
    id: request.getCustom() ? response.getId() : "",
    inputs: request.getObject().toJavaScript(),
    state: response.getObject().toJavaScript(),
    options: {
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      dependencies: request.getDependenciesList(),
      dependsOn: said?.dependsOn ?? [],
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      customTimeouts: timeouts({ create, update, delete: pb_delete }),
      aliases: aliasUrns(response.getUrn(), request.getAliasesList().map((alias: any) => alias.toObject())),
      hooks: hooks.flatMap(([when, names]) => names.map((name) => `${when.replace(/List$/, "")}: ${name}`)),
      transforms: request.getTransformsList().length,
      provider: request.getType().startsWith("pulumi:providers:") ? ""
        : nameOfProvider(request.getProvider() || request.getProvidersMap().get("aws"))
          ?? above?.options.provider ?? "default",
    },
  };
}

/** Only those that are set: the protocol says "" for no limit of one's own. */
export function timeouts(limits: Readonly<Record<keyof Timeouts, string | undefined>>): Timeouts {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit));
}

/** A provider is referred to as `<urn>::<id>`; a component of awsx names none, and the engine gives it its parent's. */
function nameOfProvider(reference: string | undefined): string | undefined {
  return reference?.split("::").at(-2);
}
