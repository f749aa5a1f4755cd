import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { checkTypesOnce } from "./checked-types";
import type { Ended } from "./shells";

/**
 * The packages of all jobs. The first job that asks for those of a lock file really gets them, by the very command of
 * its workflow; every other one has a link to the same folder.
 */
export class Packages {
  private readonly installed = new Map<string, Promise<Ended>>();

  constructor(private readonly folder: string) {}

  /** `install` runs the command in the checkout. */
  async install(command: string, checkout: string, install: () => Promise<Ended>): Promise<Ended> {
    const project = command.endsWith(" --prefix service") ? path.join(checkout, "service") : checkout;
    const lock = createHash("sha256").update(fs.readFileSync(path.join(project, "package-lock.json"))).digest("hex");
    const kept = path.join(this.folder, createHash("sha256").update(command + lock).digest("hex").slice(0, 8), "node_modules");
    const modules = path.join(project, "node_modules");
    const first = !this.installed.has(kept);
    const installing = this.installed.get(kept) ?? install().then((ended) => {
      if (ended.code === 0) {
        // By that name alone the packages find each other.
        fs.mkdirSync(path.dirname(kept));
        fs.renameSync(modules, kept);
        if (project === checkout) {
          checkTypesOnce(kept);
        }
      }
      return ended;
    });
    this.installed.set(kept, installing);
    const ended = await installing;
    if (ended.code === 0) {
      fs.symlinkSync(kept, modules);
    }
    return first || ended.code !== 0 ? ended : { code: 0, log: `$ ${command}\nthe packages are there\n` };
  }
}
