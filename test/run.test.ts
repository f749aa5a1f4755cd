import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectFolder } from "../offline/stack-file";

const suites = ["types", "lint", "test:program", "test:service", "test:image", "test:engine", "test:rehearsal"];

describe("npm test", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-run-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** npm test over suites that print and exit as they are told; those that are not named are well, and of one test. */
  function run(said: Record<string, { readonly prints: string; readonly code: number }>) {
    const scripts = suites.map((suite) => {
      const { prints, code } = said[suite] ?? { prints: suite.startsWith("test:") ? "  1 passing (1s)" : "", code: 0 };
      const file = `${suite.replace(":", "-")}.mjs`;
      writeFileSync(join(folder, file), `console.log(${JSON.stringify(prints)}); process.exitCode = ${code};`);
      return [suite, `node ${file}`];
    });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: Object.fromEntries(scripts) }));
    const end = spawnSync(process.execPath, [join(projectFolder, "test", "run.mjs")], { cwd: folder, encoding: "utf8" });
    return { code: end.status, lines: end.stdout.trimEnd().split("\n") };
  }

  it("ends with the sum of all suites, and with 0 when none failed", () => {
    const { code, lines } = run({ "test:service": { prints: "  20 passing (2m)\n  3 pending", code: 0 } });
    assert.equal(lines.at(-1), "24 passed, 0 failed, 3 skipped");
    assert.equal(code, 0);
  });

  it("says what each suite came to, and in how many minutes", () => {
    const { lines } = run({ "test:service": { prints: "  20 passing (2m)\n  3 pending", code: 0 } });
    assert.match(lines.join("\n"), /^test:service +20 passed, 0 failed, 3 skipped in \d+\.\d min$/m);
  });

  it("repeats at its end what failed in a suite, with its reason, and runs the suites after it", () => {
    const { code, lines } = run({
      "test:program": { prints: "  ✔ early\n  7 passing (3m)\n  2 failing\n\n  1) a rule\n     Error: open to the world", code: 2 },
    });
    const repeated = lines.slice(lines.indexOf("=== what failed in npm run test:program"));
    assert.ok(repeated.includes("     Error: open to the world"), repeated.join("\n"));
    assert.ok(!repeated.includes("  ✔ early"), "what passed is not repeated");
    assert.equal(lines.at(-1), "11 passed, 2 failed, 0 skipped");
    assert.equal(code, 1);
  });

  it("counts types that are wrong, and a suite that breaks down before it counts, as a failure each", () => {
    const { code, lines } = run({
      types: { prints: "index.ts(1,1): error TS1005", code: 2 },
      "test:engine": { prints: "no Pulumi CLI", code: 7 },
    });
    const repeated = lines.slice(lines.indexOf("=== what failed in npm run types"));
    assert.ok(repeated.includes("index.ts(1,1): error TS1005"), repeated.join("\n"));
    assert.ok(repeated.includes("npm run test:engine ended with exit code 7"), repeated.join("\n"));
    assert.equal(lines.at(-1), "4 passed, 2 failed, 0 skipped");
    assert.equal(code, 1);
  });
});
