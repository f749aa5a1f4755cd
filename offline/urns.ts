/** An alias in Pulumi's protocol: a whole URN, or what of it was another; empty text is for what was the same. */
export interface Alias {
  readonly urn: string;
  readonly spec?: {
    readonly name: string;
    readonly type: string;
    readonly stack: string;
    readonly project: string;
    /** One of these two, where the parent was another. */
    readonly parenturn?: string;
    readonly noparent?: boolean;
  };
}

const rootType = "pulumi:pulumi:Stack";

/** Pulumi's mocks give the stack as the parent of what has none; the engine does not. */
export const asInTheEngine = (urn: string): string => urn.replace(`::${rootType}$`, "::");

/** The URNs under which the engine looks for what was there before. */
export function aliasUrns(urn: string, aliases: readonly Alias[]): string[] {
  const [, stack = "", project = "", types = "", name = ""] = /^urn:pulumi:(.+?)::(.+?)::(.+?)::(.+)$/.exec(urn) ?? [];
  const chain = types.split("$");
  const above = chain.slice(0, -1).join("$");
  return aliases.map(({ urn: whole, spec }) => {
    if (spec === undefined) {
      return whole;
    }
    const parent = spec.noparent ? "" : spec.parenturn?.split("::")[2] ?? above;
    const chainThen = [parent, spec.type || chain.at(-1)].filter(Boolean).join("$");
    return asInTheEngine(`urn:pulumi:${spec.stack || stack}::${spec.project || project}::${chainThen}::${spec.name || name}`);
  });
}

/** `<parent's type>$<type>::<name>`: stack and project are the same in every line of a file. */
export function shortUrn(urn: string): string {
  return asInTheEngine(urn).split("::").slice(2).join("::");
}
