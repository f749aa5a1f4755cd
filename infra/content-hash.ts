import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import ignore from "@balena/dockerignore";

/**
 * A tag for the image of a build context: 16 hex digits over everything by which the Docker provider decides to build
 * again (path, mode and content of each file that `.dockerignore` lets through, the target of each link) and `salt`.
 */
export function contentHash(context: string, salt: string): string {
  const hash = createHash("sha256").update(salt);
  for (const path of files(context, "", partOfImage(context)).toSorted()) {
    const entry = lstatSync(join(context, path));
    const content = entry.isSymbolicLink() ? readlinkSync(join(context, path)) : readFileSync(join(context, path));
    // Every part ends in its length, so that no two different lists of files read the same.
    hash.update(`${path}\0${entry.mode.toString(8)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Tells which files of a build context, by their paths in it, decide what its image is. */
export function partOfImage(context: string): (path: string) => boolean {
  const ignored = ignore().add(readFileSync(join(context, ".dockerignore"), "utf8"));
  // Docker reads the Dockerfile also where `.dockerignore` keeps it out of the context.
  return (path) => path === "Dockerfile" || !ignored.ignores(path);
}

/** A folder that is ignored is still entered: a later `!` line may take a file in it back. */
function files(context: string, folder: string, has: (path: string) => boolean): string[] {
  return readdirSync(join(context, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === "node_modules" ? [] : files(context, path, has);
    }
    return has(path) ? [path] : [];
  });
}
