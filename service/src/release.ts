import manifest from "../package.json" with { type: "json" };

// The build puts a value in the place of the name; run from source, nothing has.
declare const RELEASE_COMMIT: string | null | undefined;

/** What runs here, and the commit it was built from if the build was told. */
export const release: { readonly version: string; readonly commit: string | null } = {
  version: manifest.version,
  commit: typeof RELEASE_COMMIT === "undefined" ? null : RELEASE_COMMIT,
};
