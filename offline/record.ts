import * as pulumi from "@pulumi/pulumi";

/** A resource as the program asks for it, with what it was answered. */
export interface PlannedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, any>>;
  readonly state: Readonly<Record<string, any>>;
  readonly options: Options;
}

/** The options that change what happens to a resource. */
export interface Options {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** URNs of everything the resource waits for, said or implied. */
  readonly dependencies: readonly string[];
  /** Resource and hook names under `beforeCreate` and so on. */
  readonly hooks: readonly string[];
  /** How many functions may still change what awsx makes of it. */
  readonly transforms: number;
}

/** The mocks see a resource's inputs only; its options and URN are in the requests to the monitor. */
export function recordResources(): PlannedResource[] {
  const resources: PlannedResource[] = [];
  // The protocol's classes are not part of the SDK's public types, here and below.
  const monitor = pulumi.runtime.getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: any, respond: (error: unknown, response: any) => void) =>
    register(request, (error: unknown, response: any) => {
      if (response && request.getType() !== "pulumi:pulumi:Stack") {
        resources.push(planned(request, response));
      }
      respond(error, response);
    });
  // The mocks announce resource hooks, but do not take their registration.
  monitor.registerResourceHook = (_: unknown, respond: (error: null, response: object) => void) => respond(null, {});
  return resources;
}

function planned(request: any, response: any): PlannedResource {
  const hooks = Object.entries(request.getHooks()?.toObject() ?? {}) as [string, string[]][];
  return {
    urn: response.getUrn(),
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject().toJavaScript(),
    state: response.getObject().toJavaScript(),
    options: {
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      dependencies: request.getDependenciesList(),
      hooks: hooks.flatMap(([when, names]) => names.map((name) => `${when.replace(/List$/, "")}: ${name}`)),
      transforms: request.getTransformsList().length,
    },
  };
}
