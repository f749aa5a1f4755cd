import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const folders: string[] = [];

/** A new folder, removed by `removeFolders`. */
export function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stand-ins-test-"));
  // As root, the database runs as another user, who has to come through.
  fs.chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

/** For `afterEach`. */
export function removeFolders(): void {
  folders.splice(0).forEach((folder) => fs.rmSync(folder, { recursive: true, force: true }));
}
