import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { account, mayEnter, publicFolder } from "./postgres-binaries";
import { stopLeftOver } from "./postgres-shutdown";
import { isRunning, recordOf, writeWhole, type ProcessRecord } from "./processes";

/** The folder of one PostgreSQL: its data, its certificates, and who uses it now. */
export interface PostgresHome {
  readonly folder: string;
  readonly cluster: string;
  /** Removes what must not outlive the server: the mark of use, or all of a temporary home. */
  release(): void;
}

const temporaryPrefix = "embedded-postgres-";
const elsewherePrefix = "home-";
const dayMilliseconds = 86_400_000;

/** Opens the home in a folder, or a temporary one, for this process alone. */
export function openHome(dataDestination: string | undefined): PostgresHome {
  const temporary = path.join(temporaryFolder(), temporaryPrefix);
  const destination = path.resolve(dataDestination ?? fs.mkdtempSync(temporary));
  fs.mkdirSync(destination, { recursive: true });
  if (dataDestination === undefined) {
    own(destination);
  }
  const folder = homeIn(destination);
  const mark = markOf(folder);
  const launcher = launcherOf(mark);
  if (launcher !== undefined && isRunning(launcher)) {
    throw new Error(`the database in ${destination} is in use by process ${launcher.pid}: stop that first`);
  }
  writeWhole(mark, JSON.stringify(recordOf(process.pid)));
  const transient = dataDestination === undefined ? destination : mark;
  const release = (): void => fs.rmSync(transient, { recursive: true, force: true });
  return { folder, cluster: clusterOf(folder), release };
}

/** Gives a file or folder to the account that runs PostgreSQL. */
export function own(file: string): void {
  if (account !== undefined) {
    fs.chownSync(file, account.uid, account.gid);
  }
}

/** Stops and removes what nobody can come back to: temporary homes of killed launchers, homes without their links. */
export async function removeAbandonedHomes(): Promise<void> {
  const temporary = temporaryFolder();
  for (const name of namesIn(temporary, temporaryPrefix)) {
    const destination = path.join(temporary, name);
    const folder = path.join(destination, "postgres");
    const launcher = [destination, folder].every(isOwned) ? launcherOf(markOf(folder)) : undefined;
    if (launcher !== undefined && !isRunning(launcher) && removes(markOf(folder))) {
      await stopLeftOver(clusterOf(folder));
      fs.rmSync(destination, { recursive: true, force: true });
    }
  }
  for (const name of account === undefined ? [] : namesIn(publicFolder(), elsewherePrefix)) {
    const folder = path.join(publicFolder(), name);
    const link = linkOf(folder);
    const isAbandoned = fs.existsSync(link) ? !isLink(fs.readFileSync(link, "utf8")) && removes(link) : isOld(folder);
    if (isAbandoned) {
      await stopLeftOver(clusterOf(folder));
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Without its mark, a home is being made or was being removed by somebody who was stopped in between. */
function isOld(folder: string): boolean {
  return Date.now() - (fs.lstatSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > dayMilliseconds;
}

function homeIn(destination: string): string {
  const home = path.join(destination, "postgres");
  const folder = isLink(home) ? fs.readlinkSync(home) : mayEnter(destination) ? home : folderElsewhere(home);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  own(folder);
  if (folder !== home) {
    fs.writeFileSync(linkOf(folder), home);
  }
  return folder;
}

/** Behind a link from the place asked for: whoever deletes the link starts with an empty database, as with a folder. */
function folderElsewhere(home: string): string {
  const name = crypto.createHash("sha256").update(home).digest("hex").slice(0, 16);
  const folder = path.join(publicFolder(), `${elsewherePrefix}${name}`);
  if (fs.existsSync(home)) {
    throw new Error(`${home} holds the data of a user whose folders root's PostgreSQL may not enter: `
      + "run as that user, or keep the data in another folder");
  }
  fs.symlinkSync(folder, home);
  fs.rmSync(folder, { recursive: true, force: true });
  return folder;
}

function temporaryFolder(): string {
  return mayEnter(os.tmpdir()) ? os.tmpdir() : publicFolder();
}

const clusterOf = (folder: string): string => path.join(folder, "cluster");
const markOf = (folder: string): string => path.join(folder, "launcher.json");
const linkOf = (folder: string): string => path.join(folder, "linked-from");

function launcherOf(mark: string): ProcessRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(mark, "utf8")) as ProcessRecord;
  } catch {
    // Nobody's, or that of another user of this computer.
    return undefined;
  }
}

function namesIn(folder: string, prefix: string): string[] {
  return fs.readdirSync(folder).filter((name) => name.startsWith(prefix));
}

function isLink(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Everybody may write to the folder for temporary files; what others put there is not followed. */
function isOwned(folder: string): boolean {
  const status = fs.lstatSync(folder, { throwIfNoEntry: false });
  return status !== undefined && status.isDirectory() && status.uid === (account?.uid ?? process.getuid?.());
}

/** Whether it was this process, and not another one at the same time, that removed a file. */
function removes(file: string): boolean {
  try {
    fs.rmSync(file);
    return true;
  } catch {
    return false;
  }
}
