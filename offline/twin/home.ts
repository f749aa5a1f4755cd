import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isRunning, recordOf, stopLeftOvers, type ProcessRecord } from "../stand-ins/processes";

/** The folder of one twin: its data, and the proof that nobody else uses them. */
export interface Home {
  readonly database: string;
  readonly secretsFile: string;
  readonly processFile: string;
  /** One folder an image, named by the hash of what it was built from. */
  readonly imagesFolder: string;
  readonly logFolder: string;
  /** The password that RDS would have made, kept because the database keeps it, too. */
  readonly masterPassword: (make: () => string) => string;
  release(): void;
}

/**
 * Takes the folder for this process: refuses it while another twin runs there, stops what one left behind that was
 * killed, and with `fresh` deletes its data.
 */
export async function openHome(folder: string, fresh: boolean): Promise<Home> {
  const lock = join(folder, "launcher.json");
  try {
    mkdirSync(folder, { recursive: true });
    takeLock(lock, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EROFS"
      ? new Error(`${folder} cannot be written: give this twin another one with --directory=<folder>`)
      : error;
  }
  const processFile = join(folder, "processes.json");
  await stopLeftOvers(processFile);
  const database = join(folder, "database");
  const secretsFile = join(folder, "secrets.json");
  const passwordFile = join(folder, "master-password");
  if (fresh) {
    [database, secretsFile, passwordFile].forEach((path) => rmSync(path, { recursive: true, force: true }));
  }
  return {
    database,
    secretsFile,
    processFile,
    imagesFolder: join(folder, "images"),
    logFolder: join(folder, "logs"),
    masterPassword: (make) => readOrWrite(passwordFile, make),
    release: () => rmSync(lock, { force: true }),
  };
}

function takeLock(lock: string, folder: string): void {
  const mine = JSON.stringify(recordOf(process.pid));
  try {
    writeFileSync(lock, mine, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
    const holder = readRecord(lock);
    if (holder !== undefined && isRunning(holder)) {
      throw new Error(`a twin runs in ${folder} already, as process ${holder.pid}: stop it, or give this one --directory=<folder>`);
    }
    rmSync(lock, { force: true });
    // Not overwritten: another start that finds the same stale lock may have put its own here in this moment.
    writeFileSync(lock, mine, { flag: "wx" });
  }
}

/** Undefined for what a launcher left half written that was killed. */
function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessRecord;
  } catch {
    return undefined;
  }
}

function readOrWrite(file: string, make: () => string): string {
  try {
    writeFileSync(file, make(), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
  const kept = readFileSync(file, "utf8");
  if (kept === "") {
    throw new Error(`${file} is empty, but must hold the database's password: start anew with --fresh`);
  }
  return kept;
}
