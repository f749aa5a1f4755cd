import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import ignore from "@balena/dockerignore";

/**
 * A tag for the image of a build context: 16 hex digits over everything by which the Docker provider decides to build
 * again (path, mode and content of each file that `.dockerignore` lets through, the target of each link) and `salt`.
 */
export function contentHash(context: string, salt: string): string {
  const ignored = ignore().add(readFileSync(join(context, ".dockerignore"), "utf8"));
  const hash = createHash("sha256").update(salt);
  // Docker reads the Dockerfile also where `.dockerignore` keeps it out of the context.
  for (const path of [...new Set(["Dockerfile", ...files(context, "", ignored)])].toSorted()) {
    const entry = lstatSync(join(context, path));
    const content = entry.isSymbolicLink() ? readlinkSync(join(context, path)) : readFileSync(join(context, path));
    // Every part ends in its length, so that no two different lists of files read the same.
    hash.update(`${path}\0${entry.mode.toString(8)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** A folder that is ignored is still entered: a later `!` line may take a file in it back. */
function files(context: string, folder: string, ignored: ReturnType<typeof ignore>): string[] {
  return readdirSync(join(context, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name === "node_modules" ? [] : files(context, path, ignored);
    }
    return ignored.ignores(path) ? [] : [path];
  });
}
