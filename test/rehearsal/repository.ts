import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { copyProject } from "../project-copy";

/** The number that the rehearsal's repository has at GitHub: any but that of the example. */
export const repositoryId = 987_654;

/** What it is called there. */
export const repositoryName = "octo-org/accounts";

/** A repository with this project in it, set up as `docs/delivery.md` says, and somebody's work in it. */
export class Repository {
  readonly folder: string;
  readonly remove: () => void;

  constructor() {
    const { folder, remove } = copyProject();
    this.folder = folder;
    this.remove = remove;
    this.edit("delivery/settings.ts", "repository: exampleRepository", `repository: { ...exampleRepository, id: ${repositoryId} }`);
    this.git("init", "--quiet", "--initial-branch=main");
    // As GitHub lets a job have any commit by its number.
    this.git("config", "uploadpack.allowAnySHA1InWant", "true");
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
    this.git("commit", "--quiet", "--message", message);
    return this.head;
  }

  /** From here on, commits are those of a pull request. */
  branch(name: string): void {
    this.git("checkout", "--quiet", "-b", name);
  }

  /** Takes the pull request's commits into main. */
  merge(name: string): string {
    this.git("checkout", "--quiet", "main");
    this.git("merge", "--quiet", "--ff-only", name);
    return this.head;
  }

  /** What GitHub makes of a pull request to try it: main, with the branch merged into it. */
  get tried(): string {
    return this.git("commit-tree", "HEAD^{tree}", "-p", "main", "-p", "HEAD", "-m", "Merge of a pull request").trim();
  }

  get head(): string {
    return this.git("rev-parse", "HEAD").trim();
  }

  get main(): string {
    return this.git("rev-parse", "main").trim();
  }

  /** A file as it is in a commit. */
  read(commit: string, file: string): string {
    return this.git("show", `${commit}:${file}`);
  }

  /** What `actions/checkout` leaves in a job's folder: one commit, unless all of the history is asked for. */
  checkOut(commit: string, folder: string, wholeHistory: boolean): void {
    const git = (...args: readonly string[]) => run(folder, args);
    git("init", "--quiet");
    git("remote", "add", "origin", `file://${this.folder}`);
    git("fetch", "--quiet", "--no-tags", ...wholeHistory ? [] : ["--depth=1"], "origin", commit,
      ...wholeHistory ? ["+refs/heads/*:refs/remotes/origin/*"] : []);
    git("checkout", "--quiet", "--detach", commit);
    // A link is no folder to `.gitignore`.
    fs.appendFileSync(path.join(folder, ".git/info/exclude"), "node_modules\n");
  }

  /** What a job has changed in its folder and not committed. */
  static changesIn(folder: string): string {
    return fs.existsSync(path.join(folder, ".git")) ? run(folder, ["status", "--porcelain"]) : "";
  }

  private git(...args: readonly string[]): string {
    return run(this.folder, args);
  }
}

const somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false"];

function run(cwd: string, args: readonly string[]): string {
  return execFileSync("git", [...somebody, ...args], { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
}
