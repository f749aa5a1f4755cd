interface StateResource {
  readonly urn: string;
  readonly custom: boolean;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
}

/**
 * Everything for which the engine waits before it touches a resource, as `<type> <name>`. It is read from the state,
 * since the order in which an up happened to create things proves nothing.
 */
export function prerequisites(state: string, type: string, name: string): string[] {
  const { checkpoint } = JSON.parse(state) as { checkpoint: { latest: { resources: readonly StateResource[] } } };
  const { resources } = checkpoint.latest;
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const found = new Set<StateResource>();

  /** What is said of a component counts for its children, too: they come after it. */
  const followFrom = (urn: string | undefined): void => {
    const resource = byUrn.get(urn ?? "");
    resource?.dependencies?.forEach(add);
    if (resource !== undefined) {
      followFrom(resource.parent);
    }
  };
  /** Who waits for a component waits for its children. */
  const add = (urn: string): void => {
    const resource = byUrn.get(urn);
    if (resource === undefined || found.has(resource)) {
      return;
    }
    found.add(resource);
    followFrom(urn);
    if (!resource.custom) {
      resources.filter(({ parent }) => parent === urn).forEach((child) => add(child.urn));
    }
  };

  const start = resources.find(({ urn }) => label(urn) === `${type} ${name}`);
  if (start === undefined) {
    throw new Error(`the state holds no ${type} called ${name}`);
  }
  followFrom(start.urn);
  return [...found].map(({ urn }) => label(urn));
}

function label(urn: string): string {
  const [, , types = "", name] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
}
