import { spawnSync } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { account, mayEnter, publicFolder } from "./postgres-binaries";
import { isRunning, recordOf, signal, waitForEnd, writeWhole, type ProcessRecord } from "./processes";

/** The folder of one PostgreSQL: its data, its certificates, and who uses it now. */
export interface PostgresHome {
  readonly folder: string;
  readonly cluster: string;
  /** Removes what must not outlive the server: the mark of use, or all of a temporary home. */
  release(): void;
}

const shutdownSeconds = 10;
const temporaryPrefix = "embedded-postgres-";

/** Opens the home in a folder, or a temporary one, for this process alone. */
export function openHome(dataDestination: string | undefined): PostgresHome {
  const destination = path.resolve(dataDestination ?? fs.mkdtempSync(path.join(temporaryFolder(), temporaryPrefix)));
  fs.mkdirSync(destination, { recursive: true });
  if (dataDestination === undefined) {
    own(destination);
  }
  const folder = homeIn(destination);
  const cluster = path.join(folder, "cluster");
  const mark = path.join(folder, "launcher.json");
  refuseIfInUse(mark, destination);
  writeWhole(mark, JSON.stringify(recordOf(process.pid)));
  const transient = dataDestination === undefined ? destination : mark;
  return { folder, cluster, release: () => fs.rmSync(transient, { recursive: true, force: true }) };
}

/** Gives a file or folder to the account that runs PostgreSQL. */
export function own(file: string): void {
  if (account !== undefined) {
    fs.chownSync(file, account.uid, account.gid);
  }
}

/** Stops the server that a killed launcher has left running on these data. */
export async function stopLeftOver(cluster: string): Promise<void> {
  const file = path.join(cluster, "postmaster.pid");
  if (!fs.existsSync(file)) {
    return;
  }
  const record = recordOf(Number.parseInt(fs.readFileSync(file, "utf8"), 10));
  if (record !== undefined && isServerOf(record.pid, cluster)) {
    await stopServer(record);
  }
  // PostgreSQL takes any process with the id in this file for its own server and would refuse to start.
  fs.rmSync(file, { force: true });
}

/** Stops the servers of temporary homes whose launchers were killed, and removes the homes. */
export async function removeAbandonedHomes(): Promise<void> {
  const parent = temporaryFolder();
  for (const name of fs.readdirSync(parent).filter((each) => each.startsWith(temporaryPrefix))) {
    const destination = path.join(parent, name);
    const home = path.join(destination, "postgres");
    const mark = path.join(home, "launcher.json");
    const launcher = [destination, home].every(isOwned) ? launcherOf(mark) : undefined;
    if (launcher !== undefined && !isRunning(launcher) && removes(mark)) {
      await stopLeftOver(path.join(home, "cluster"));
      fs.rmSync(destination, { recursive: true, force: true });
    }
  }
}

/** Fast shutdown: open transactions are rolled back; a server that does not follow is told more and more plainly. */
export async function stopServer(record: ProcessRecord): Promise<void> {
  for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    signal(record.pid, name);
    if (await waitForEnd(record, shutdownSeconds)) {
      return;
    }
  }
  throw new Error(`PostgreSQL, process ${record.pid}, cannot be stopped`);
}

function temporaryFolder(): string {
  return mayEnter(os.tmpdir()) ? os.tmpdir() : publicFolder();
}

function homeIn(destination: string): string {
  const home = path.join(destination, "postgres");
  const isLink = fs.lstatSync(home, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  const folder = isLink ? fs.readlinkSync(home) : mayEnter(destination) ? home : homeElsewhere(home);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  own(folder);
  return folder;
}

/** Behind a link from the place asked for: whoever deletes the link starts with an empty database, as with a folder. */
function homeElsewhere(home: string): string {
  const name = crypto.createHash("sha256").update(home).digest("hex").slice(0, 16);
  const folder = path.join(publicFolder(), `home-${name}`);
  fs.symlinkSync(folder, home);
  fs.rmSync(folder, { recursive: true, force: true });
  return folder;
}

function refuseIfInUse(mark: string, destination: string): void {
  const launcher = launcherOf(mark);
  if (launcher !== undefined && isRunning(launcher)) {
    throw new Error(`the database in ${destination} is in use by process ${launcher.pid}: stop that first`);
  }
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

function launcherOf(mark: string): ProcessRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(mark, "utf8")) as ProcessRecord;
  } catch {
    // Nobody's, or that of another user of this computer.
    return undefined;
  }
}

function isServerOf(pid: number, cluster: string): boolean {
  if (process.platform === "linux") {
    // The server's working directory is its data, also after somebody has moved them.
    return fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(cluster);
  }
  const { stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.includes(` -D ${cluster} `);
}
