import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { permissionsBoundary, secretsProvider } from "../delivery/names";
import { placeOf } from "../delivery/target";
import { committedStacks } from "../offline/stack-file";
import { copyProject } from "./project-copy";

const somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false"];

/** A clone of this project that is set up as `docs/delivery.md` says, so that a pipeline deploys its stacks. */
export class Clone {
  readonly folder: string;
  readonly remove: () => void;

  constructor() {
    const { folder, remove } = copyProject();
    this.folder = folder;
    this.remove = remove;
    this.edit("delivery/settings.ts", "repository: exampleRepository", "repository: { ...exampleRepository, id: 987_654 }");
    // `npm run types` checks the whole of this project; the commands of a clone check one file of it, each time.
    this.edit("tsconfig.json", '"exclude"', '"files": ["delivery/settings.ts"],\n  "exclude"');
    for (const stack of committedStacks()) {
      this.edit(`Pulumi.${stack}.yaml`, "config:\n", setUp(stack));
    }
    this.git("init", "--quiet", "--initial-branch=main");
    appendFileSync(join(folder, ".git/info/exclude"), "node_modules\n");
    this.commit("A clone of this project");
  }

  /** Changes a file, in which the text must be. */
  edit(file: string, from: string, to: string): void {
    const before = this.read(file);
    if (!before.includes(from)) {
      throw new Error(`${file} does not hold ${from}`);
    }
    writeFileSync(join(this.folder, file), before.replace(from, () => to));
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Commits what has changed; returns the commit. */
  commit(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
    return this.head;
  }

  /** What was not committed. */
  get changed(): string {
    return this.git("status", "--porcelain");
  }

  get head(): string {
    return this.git("rev-parse", "HEAD").trim();
  }

  private git(...args: readonly string[]): string {
    return execFileSync("git", [...somebody, ...args], { cwd: this.folder, encoding: "utf8" });
  }
}

/** What an administrator's commands write into the file of a stack, in the place of its `config:`. */
export function setUp(stack: string): string {
  return [
    `secretsprovider: ${secretsProvider(stack, placeOf(stack))}`,
    `encryptedkey: ${Buffer.from(`the key of ${stack}`).toString("base64")}`,
    "config:",
    `  accounts:permissionsBoundary: ${permissionsBoundary(stack)}`,
    "",
  ].join("\n");
}
