// The build puts values in the place of these names; run from source, nothing has.
declare const RELEASE_VERSION: string | undefined;
declare const RELEASE_COMMIT: string | null | undefined;

/** What runs here: the version of package.json, and the commit if the build was told one. */
export const release: { readonly version: string; readonly commit: string | null } = {
  version: typeof RELEASE_VERSION === "undefined" ? "source" : RELEASE_VERSION,
  commit: typeof RELEASE_COMMIT === "undefined" ? null : RELEASE_COMMIT,
};
