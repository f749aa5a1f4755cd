import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { hashOf } from "../src/migration/applied-files.ts";

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

interface Report {
  readonly passes: readonly unknown[];
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

const readManifest = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
const before = (left: string, right: string) => left.localeCompare(right, "en", { numeric: true });
const versionOf = (tarball: string) => tarball.replace(/^accounts-service-|\.tgz$/g, "");
const tarballs = () => readdirSync("releases").filter((file) => file.endsWith(".tgz")).sort(before);
const read = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");

describe("the releases", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-release-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Unpacks a release to where it finds what it had beside it: its packages, and the stand-ins. */
  const unpack = (tarball: string): string => {
    execFileSync("tar", ["-xzf", resolve("releases", tarball), "-C", folder]);
    const service = join(folder, "package");
    symlinkSync(resolve("node_modules"), join(service, "node_modules"));
    symlinkSync(resolve("../offline"), join(folder, "offline"));
    return service;
  };

  const newest = (): string => {
    const tarball = tarballs().at(-1);
    assert.ok(tarball, "releases/ has no tarball: `npm run release` makes one");
    return tarball;
  };

  /** Runs the release's API tests on the migrations of today, and on what a test adds to them. */
  const runApiTests = (service: string, added: Readonly<Record<string, string>> = {}, ...options: string[]): Report => {
    rmSync(join(service, "migrations"), { recursive: true });
    cpSync("migrations", join(service, "migrations"), { recursive: true });
    Object.entries(added).forEach(([file, sql]) => writeFileSync(join(service, "migrations", file), sql));

    const [program, ...args] = readManifest(service).scripts["test:api"]?.split(" ") ?? [];
    assert.equal(program, "mocha");
    const output = join(folder, "report.json");
    const reporter = ["--reporter", "json", "--reporter-option", `output=${output}`];
    const { stdout, stderr } = spawnSync(process.execPath, ["node_modules/mocha/bin/mocha.js", ...args, ...reporter, ...options], {
      cwd: service, encoding: "utf8", timeout: 480_000, maxBuffer: 64 * 1024 * 1024,
    });
    assert.ok(existsSync(output), `the API tests of the release do not run: ${stdout}${stderr}`);
    return JSON.parse(readFileSync(output, "utf8")) as Report;
  };

  const failuresOf = ({ failures }: Report) => failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`);

  it("are all older than the version that is worked on, which `npm run release` sees to", () => {
    const { version } = readManifest(".");
    assert.deepEqual(tarballs().map(versionOf).filter((released) => before(released, version) >= 0), []);
  });

  it("have the migrations of today, unchanged: a database may have applied them", () => {
    const service = unpack(newest());
    const changed = readdirSync(join(service, "migrations")).filter((file) => !existsSync(join("migrations", file))
      || hashOf(read(service, join("migrations", file))) !== hashOf(read("migrations", file)));
    assert.deepEqual(changed, []);
  });

  it("name API tests that are there, in this version too, which will be the one before", () => {
    const files = readManifest(".").scripts["test:api"]?.split(" ").filter((word) => word.startsWith("test/")) ?? [];
    assert.notEqual(files.length, 0);
    assert.deepEqual(files.filter((file) => !existsSync(file)), []);
  });

  it("work on the schema of today: the newest passes its own API tests on it", function () {
    this.timeout(500_000);
    const report = runApiTests(unpack(newest()));
    assert.deepEqual(failuresOf(report), []);
    assert.ok(report.passes.length > 0);
  });

  it("would be seen to break, by the name of the test, were a column taken away that they use", function () {
    this.timeout(500_000);
    const report = runApiTests(unpack(newest()), { "9999_drop.sql": "ALTER TABLE users DROP COLUMN attributes;" }, "--bail");
    const [failure = "nothing failed"] = failuresOf(report);
    assert.match(failure, /^(?!.* hook ).+: .+/);
  });

  it("are made by one command, which never makes the same version twice and moves on to the next", () => {
    const service = join(folder, "service");
    mkdirSync(service);
    const entries = [
      "package.json", "package-lock.json", "openapi.json", "Dockerfile", "tsconfig.json", "migrations", "src", "test",
      "release.ts",
    ];
    for (const entry of entries) {
      cpSync(entry, join(service, entry), { recursive: true });
    }
    const release = () => spawnSync(process.execPath, ["release.ts"], { cwd: service, encoding: "utf8" });
    const { version } = readManifest(".");
    const tarball = `accounts-service-${version}.tgz`;
    assert.equal(release().status, 0);
    assert.deepEqual(readdirSync(join(service, "releases")), [tarball, "openapi.json"]);
    const next = readManifest(service).version;
    assert.ok(before(version, next) < 0);
    assert.match(readFileSync(join(service, "openapi.json"), "utf8"), new RegExp(`"version": "${next}"`));
    assert.match(readFileSync(join(service, "Dockerfile"), "utf8"), new RegExp(`image\\.version="${next}"`));

    cpSync("package.json", join(service, "package.json"));
    const { status, stderr } = release();
    assert.deepEqual([status, stderr], [1, `releases/${tarball} is there already: what is released does not change;`
      + " give package.json the next version\n"]);
  });
});
