import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** Keeps what is to be released for the tests of its successor, then gives the package the successor's version. */
const { name, version } = JSON.parse(readFileSync("package.json", "utf8")) as { name: string; version: string };
const tarball = `releases/${name}-${version}.tgz`;

if (existsSync(tarball)) {
  process.stderr.write(`${tarball} is there already: what is released does not change; give package.json the next version\n`);
  process.exit(1);
}
mkdirSync("releases", { recursive: true });
npm("pack", "--pack-destination", "releases");
copyFileSync("openapi.json", "releases/openapi.json");
npm("version", "patch", "--no-git-tag-version");
const next = (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
for (const [file, name] of [["openapi.json", "\"version\": "], ["Dockerfile", "image.version="]] as const) {
  writeFileSync(file, readFileSync(file, "utf8").replace(`${name}"${version}"`, `${name}"${next}"`));
}
process.stdout.write(`commit ${tarball}, releases/openapi.json, openapi.json, Dockerfile, package.json and package-lock.json\n`);

function npm(...args: readonly string[]): void {
  execFileSync("npm", [...args, "--ignore-scripts", "--silent"], { stdio: "inherit" });
}
