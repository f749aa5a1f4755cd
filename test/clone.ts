import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";

import { permissionsBoundary, secretsProvider } from "../delivery/names";
import { exampleRepository, type GitHubRepository } from "../delivery/settings";
import { committedStacks, type Config } from "../offline/stack-file";
import { ExampleProject, examplePlace } from "./example/project";

/** The repository at GitHub that a clone belongs to: any but the example itself, of which nothing is deployed. */
export const clonedRepository: GitHubRepository = { ...exampleRepository, id: 987_654 };

const somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false"];

export function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", [...somebody, ...args], { cwd: folder, encoding: "utf8", maxBuffer: 64 << 20 });
}

/** A repository with the example in it, which says which repository it is, and somebody's work in it. */
export class Clone extends ExampleProject {
  constructor(configOf?: (stack: string) => Config) {
    super(configOf);
    this.deliver({ repository: clonedRepository });
    this.git("init", "--quiet", "--initial-branch=main");
    // A link is no folder to `.gitignore`.
    appendFileSync(join(this.folder, ".git/info/exclude"), "node_modules\n");
    this.commit("A clone of this project");
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

  protected git(...args: readonly string[]): string {
    return git(this.folder, ...args);
  }
}

/** A clone that is set up as `docs/delivery.md` says, so that a pipeline deploys its stacks. */
export class PreparedClone extends Clone {
  constructor() {
    super();
    // `npm run types` checks the whole of this project; the commands of a clone check one file of it, each time.
    this.edit("tsconfig.json", '"exclude"', '"files": ["delivery/settings.ts"],\n  "exclude"');
    for (const stack of committedStacks()) {
      this.edit(`Pulumi.${stack}.yaml`, "config:\n", setUp(stack));
    }
    this.commit("The stacks, with the keys to their secrets");
  }
}

/** What an administrator's commands write into the file of a stack, in the place of its `config:`. */
export function setUp(stack: string): string {
  return [
    `secretsprovider: ${secretsProvider(stack, examplePlace(stack))}`,
    `encryptedkey: ${Buffer.from(`the key of ${stack}`).toString("base64")}`,
    "config:",
    `  accounts:permissionsBoundary: ${permissionsBoundary(stack)}`,
    "",
  ].join("\n");
}
