import manifest from "../package.json" with { type: "json" };

/** What runs here. A build replaces the commit by the one it was made from. */
export const release: { readonly version: string; readonly commit: string | null } = {
  version: manifest.version,
  commit: null,
};
