import * as fs from "node:fs";
import * as path from "node:path";

import { fail } from "./expressions";
import type { Scene } from "./occasion";

interface Artifact {
  readonly run: number;
  readonly name: string;
  /** By its name within the artifact. */
  readonly files: ReadonlyMap<string, Buffer>;
}

type Given = Readonly<Record<string, string>>;

/** What jobs of a run leave for others of it. */
export class Artifacts {
  private readonly all: Artifact[] = [];

  /** One file, whose folder is not kept. */
  upload({ name = "artifact", path: file = "", "if-no-files-found": none = "warn" }: Given, { occasion: { run } }: Scene): void {
    if (this.all.some((each) => each.run === run && each.name === name)) {
      fail(`GitHub refuses a second artifact ${name}`);
    }
    if (fs.existsSync(file)) {
      this.all.push({ run, name, files: new Map([[path.basename(file), fs.readFileSync(file)]]) });
    } else if (none === "error") {
      fail(`there is no ${file} for the artifact ${name}`);
    }
  }

  /** All whose names match, into one folder. */
  download(given: Given, { occasion: { run } }: Scene): void {
    const { pattern, path: folder = "", "merge-multiple": merges } = given;
    if (pattern === undefined || merges !== "true" || folder === "") {
      fail(`the rehearsal downloads artifacts by a pattern into one folder, and not with ${JSON.stringify(given)}`);
    }
    fs.mkdirSync(folder, { recursive: true });
    const matches = (name: string) => pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
    for (const { files } of this.all.filter((each) => each.run === run && matches(each.name))) {
      files.forEach((content, name) => fs.writeFileSync(path.join(folder, name), content));
    }
  }
}
