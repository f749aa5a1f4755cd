import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { copyProject } from "../../project-copy";

/** The number that the rehearsal's repository has at GitHub: any but that of the example. */
export const repositoryId = 987_654;

/** A repository with this project in it, set up as `docs/delivery.md` says. */
export class Repository {
  readonly folder: string;
  readonly remove: () => void;

  constructor() {
    const { folder, remove } = copyProject();
    this.folder = folder;
    this.remove = remove;
    this.edit("delivery/settings.ts", "repository: exampleRepository", `repository: { ...exampleRepository, id: ${repositoryId} }`);
    // `npm run types` checks the whole of this project; the commands of the rehearsal check one file of it, each time.
    this.edit("tsconfig.json", '"exclude"', '"files": ["delivery/settings.ts"],\n  "exclude"');
    this.git("init", "--quiet", "--initial-branch=main");
    fs.appendFileSync(path.join(folder, ".git/info/exclude"), "node_modules\n");
    this.commit("A clone of this project");
  }

  /** Changes a file, in which the text must be. */
  edit(file: string, from: string, to: string): void {
    const whole = path.join(this.folder, file);
    const before = fs.readFileSync(whole, "utf8");
    if (!before.includes(from)) {
      throw new Error(`${file} does not hold ${from}`);
    }
    fs.writeFileSync(whole, before.replace(from, () => to));
  }

  /** Commits what has changed; returns the commit. */
  commit(message: string): string {
    this.git("add", "--all");
    this.git("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "commit", "--quiet", "--message", message);
    return this.head;
  }

  checkout(commit: string): void {
    this.git("checkout", "--quiet", commit);
  }

  /** Of what was not committed, which a job must not leave. */
  get changed(): string {
    return this.git("status", "--porcelain");
  }

  get head(): string {
    return this.git("rev-parse", "HEAD").trim();
  }

  private git(...args: readonly string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8" });
  }
}

