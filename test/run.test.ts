import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  function run(said: Record<string, { readonly prints: string; readonly code: number; readonly hangs?: boolean }>) {
    const scripts = suites.map((suite) => {
      const { prints, code, hangs } = said[suite] ?? { prints: suite.startsWith("test:") ? "  1 passing (1s)" : "", code: 0, hangs: false };
      const file = `${suite.replace(":", "-")}.mjs`;
      writeFileSync(join(folder, file), `console.log(${JSON.stringify(prints)}); process.exitCode = ${code};`
        + (hangs === true ? "setInterval(() => undefined, 60_000);" : ""));
      return [suite, `node ${file}`];
    });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: Object.fromEntries(scripts) }));
    const end = spawnSync(process.execPath, [join(projectFolder, "test", "run.mjs")], {
      cwd: folder, encoding: "utf8", env: { ...process.env, TEST_END_SECONDS: "1" },
    });
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

  it("does not wait for a Node.js that has its results and does not end, and says so", () => {
    const { code, lines } = run({
      "test:engine": { prints: "  20 passing (2m)", code: 0, hangs: true },
      "test:rehearsal": { prints: "  9 passing (2m)\n  1 failing\n\n  1) a merge", code: 1, hangs: true },
    });
    const said = lines.filter((line) => line.endsWith("has its results, and Node.js does not end: killed"));
    assert.deepEqual(said.map((line) => line.split(" ")[2]), ["test:engine", "test:rehearsal"]);
    assert.ok(lines.slice(lines.indexOf("=== what failed in npm run test:rehearsal")).includes("  1) a merge"), lines.join("\n"));
    assert.equal(lines.at(-1), "32 passed, 1 failed, 0 skipped");
    assert.equal(code, 1);
  });
});

describe("a suite of mocha", () => {
  it("ends with an error that says what its tests have left open", () => {
    const folder = mkdtempSync(join(tmpdir(), "accounts-left-open-"));
    try {
      const spec = join(folder, "leaves.cjs");
      writeFileSync(spec, 'it("leaves a server behind", (done) => void require("node:net").createServer().listen(0, "127.0.0.1", done));');
      const [mocha, guard] = ["node_modules/mocha/bin/mocha.js", "test/left-open.mjs"].map((path) => join(projectFolder, path));
      const { status, stdout } = spawnSync(process.execPath, [mocha!, "--no-config", "--require", guard!, spec], {
        encoding: "utf8", timeout: 50_000, env: { ...process.env, TEST_END_SECONDS: "1" },
      });

      assert.match(stdout, /1 passing/);
      assert.match(stdout, /^1 s after the last test these are still open: .*TCPServerWrap/m);
      assert.equal(status, 1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("is held to that wherever one is configured", () => {
    for (const config of [".mocharc.json", ...["engine", "image", "rehearsal"].map((suite) => `test/${suite}/.mocharc.json`), "service/.mocharc.json"]) {
      const { require: required } = JSON.parse(readFileSync(join(projectFolder, config), "utf8")) as { require?: string[] };
      assert.ok(required?.some((path) => path.endsWith("test/left-open.mjs")), config);
    }
  });
});
