import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Puts itself in the place of the packages' compiler, which every command asks to check the types first. The first tree
 * is checked as a whole, as in every job. Of another one that is checked which no tree before it has had.
 */
export function checkTypesOnce(packages: string): void {
  const tsc = path.join(packages, "typescript/bin/tsc");
  const real = path.join(packages, "typescript/bin/tsc-for-all");
  fs.renameSync(tsc, real);
  fs.writeFileSync(tsc, `
    const { execFileSync, spawnSync } = require("node:child_process");
    const fs = require("node:fs");
    const path = require("node:path");
    const args = process.argv.slice(2);
    if (args.join(" ") !== "--noEmit") {
      throw new Error("the rehearsal does not know tsc " + args.join(" "));
    }
    const project = process.cwd();
    const known = __filename + ".known";
    const before = fs.existsSync(known) ? fs.readFileSync(known, "utf8").split("\\n") : [];
    const now = execFileSync("git", ["ls-tree", "-r", "HEAD"], { encoding: "utf8" }).split("\\n").filter((line) => line.endsWith(".ts"));
    const files = now.filter((line) => !before.includes(line)).map((line) => path.join(project, line.split("\\t")[1]));
    if (files.length > 0) {
      const part = __filename + "." + process.pid + ".json";
      fs.writeFileSync(part, JSON.stringify({
        extends: path.join(project, "tsconfig.json"), files, compilerOptions: { typeRoots: [path.join(project, "node_modules/@types")] },
      }));
      const given = before.length === 0 ? args : [...args, "--project", part];
      process.exitCode = spawnSync(process.execPath, [${JSON.stringify(real)}, ...given], { stdio: "inherit" }).status ?? 1;
    }
    if (!process.exitCode) {
      fs.appendFileSync(known, now.join("\\n") + "\\n");
    }
  `);
}
