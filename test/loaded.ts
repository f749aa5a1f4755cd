import { Module } from "node:module";

/**
 * Puts something in the place of a file that is required, until the returned function is called. `render` loads the
 * program anew by forgetting what it finds in Node's cache; this it does not find.
 */
export function load(file: string, exports: () => object): () => void {
  const loaded = new Module(file);
  loaded.loaded = true;
  Object.defineProperty(loaded, "exports", { get: exports });
  delete require.cache[file];
  Object.defineProperty(require.cache, file, { value: loaded, enumerable: false, configurable: true });
  return () => {
    delete require.cache[file];
  };
}
