import * as fs from "node:fs";
import * as path from "node:path";

import { placeOf } from "../../delivery/target";
import { Clone, clonedRepository, git } from "../clone";
import { exampleConfig } from "../example/config";

/** What the rehearsal's repository is called at GitHub. */
export const repositoryName = `${clonedRepository.owner}/${clonedRepository.name}`;

/** All stacks of the rehearsal are in one account, that of this project's dev: the twin of dev is part of it. */
export const rehearsedPlace = placeOf("dev");

/** The clone whose workflows are rehearsed. */
export class Repository extends Clone {
  constructor() {
    super((stack) => {
      const { accountId, region } = rehearsedPlace;
      const example = exampleConfig(stack);
      const zones = example["accounts:availabilityZones"]?.replaceAll(example["aws:region"] ?? "", region) ?? "";
      return { ...example, "aws:region": region, "accounts:accountId": accountId, "accounts:availabilityZones": zones };
    });
    // As GitHub lets a job have any commit by its number.
    this.git("config", "uploadpack.allowAnySHA1InWant", "true");
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

  get main(): string {
    return this.git("rev-parse", "main").trim();
  }

  /** A file as it is in a commit. */
  show(commit: string, file: string): string {
    return this.git("show", `${commit}:${file}`);
  }

  /** What `actions/checkout` leaves in a job's folder: one commit, unless all of the history is asked for. */
  checkOut(commit: string, folder: string, wholeHistory: boolean): void {
    const run = (...args: readonly string[]) => git(folder, ...args);
    run("init", "--quiet");
    run("remote", "add", "origin", `file://${this.folder}`);
    run("fetch", "--quiet", "--no-tags", ...wholeHistory ? [] : ["--depth=1"], "origin", commit,
      ...wholeHistory ? ["+refs/heads/*:refs/remotes/origin/*"] : []);
    run("checkout", "--quiet", "--detach", commit);
    fs.appendFileSync(path.join(folder, ".git/info/exclude"), "node_modules\n");
  }

  /** What a job has changed in its folder and not committed. */
  static changesIn(folder: string): string {
    return fs.existsSync(path.join(folder, ".git")) ? git(folder, "status", "--porcelain") : "";
  }
}
