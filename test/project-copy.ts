import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { projectFolder } from "../offline/stack-file";

/** Large, or made by tools, or of the service's own suite: nothing that the program or its tests read. */
const leftOut = [
  ".git", ".twin", "bench", "coverage", "node_modules",
  "service/bench", "service/coverage", "service/dist", "service/node_modules", "service/releases", "service/test",
];

/** A copy of this project in a temporary folder, for a test that changes files. Packages are those of the project. */
export function copyProject(): { readonly folder: string; remove(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "accounts-copy-")));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(projectFolder, folder, {
      recursive: true,
      filter: (source) => !leftOut.includes(relative(projectFolder, source).replaceAll("\\", "/")),
    });
    for (const packages of ["node_modules", join("service", "node_modules")]) {
      symlinkSync(join(projectFolder, packages), join(folder, packages), "junction");
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}
