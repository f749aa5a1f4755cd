import { execFile, type ExecFileException, type ExecFileOptions } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import { installed } from "./docker";

/** What takes longer waits for a registry of packages that does not answer. */
const longestMinutes = 5;

async function run(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { ...options, encoding: "utf8", timeout: longestMinutes * 60_000 });
    return stdout;
  } catch (error) {
    const { killed, message, stderr } = error as ExecFileException & { stderr: string };
    throw new Error(killed === true ? `${program} was given up after ${longestMinutes} minutes: ${stderr}` : message, { cause: error });
  }
}

const release = "bookworm";
/** Node's own images bring an npm of this line. */
const npm = "npm@11.19.1";
const certificates = "share/certificates.pem";

/** A file system for `docker import`, and the environment of an image made of it. */
export interface BaseImage {
  readonly archive: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Stands in for `node:<version>-bookworm-slim` where no registry of images can be reached: the same Debian and the same
 * Node from their packages, with npm. How npm reaches its registry from here is part of the base, as it would be in a
 * company's own base image, so that the Dockerfile need not know of it. Made once, and kept in the user's cache.
 */
export async function makeBaseImage(): Promise<BaseImage> {
  const node = require.resolve(`node-linux-${process.arch}/bin/node`);
  const inputs = [release, npm, fs.readFileSync(join(dirname(node), "../package.json")), ownCertificates() ?? ""];
  const key = inputs.reduce((hash, input) => hash.update(input), createHash("sha256")).digest("hex").slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "accounts", "node-image");
  const archive = join(folder, `${key}.tar`);
  if (!fs.existsSync(archive)) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    await make(archive, node);
  }
  const registry = await run("npm", ["config", "get", "registry"]);
  return { archive, environment: {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    npm_config_registry: registry.trim(),
    ...ownCertificates() !== undefined && { NODE_EXTRA_CA_CERTS: `/usr/local/${certificates}` },
  } };
}

/** Throws one line when the stand-in cannot be made here. */
export function requireMmdebstrap(): void {
  if (installed("mmdebstrap").length === 0) {
    throw new Error("there is no `mmdebstrap` on the PATH, which makes the stand-in for Node's image");
  }
}

/** Makes it beside its final place and renames, so that a run never sees half of it. */
async function make(archive: string, node: string): Promise<void> {
  process.stderr.write("making a stand-in for Node's image with mmdebstrap: about a minute, only once\n");
  const work = fs.mkdtempSync(join(tmpdir(), "accounts-node-image-"));
  try {
    const local = join(work, "local");
    ["bin", "lib/node_modules", "share"].forEach((path) => fs.mkdirSync(join(local, path), { recursive: true }));
    fs.copyFileSync(node, join(local, "bin/node"));
    const packed = await run("npm", ["pack", "--silent", npm], { cwd: work });
    await run("tar", ["-xzf", join(work, packed.trim()), "-C", join(local, "lib/node_modules")]);
    fs.renameSync(join(local, "lib/node_modules/package"), join(local, "lib/node_modules/npm"));
    fs.symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
    fs.writeFileSync(join(local, certificates), ownCertificates() ?? "");
    const made = join(work, "image.tar");
    await run("mmdebstrap", [
      "--variant=essential", "--include=libstdc++6", `--customize-hook=sync-in ${local} /usr/local`, release, made,
    ]);
    fs.copyFileSync(made, `${archive}.${process.pid}`);
    fs.renameSync(`${archive}.${process.pid}`, archive);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** CAs that this computer trusts beside Node's own, when it has to go through a proxy that has one. */
function ownCertificates(): Buffer | undefined {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  return file ? fs.readFileSync(file) : undefined;
}
