import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Says which process is meant. Process ids are used again; together with the start time they are not. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startedAt: string;
}

const pollMilliseconds = 10;
const terminationSeconds = 10;

/** The record of a running process; undefined when no such process runs. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const startedAt = process.platform === "linux" ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the process of the record still runs, rather than another one with its id. */
export function isRunning(record: ProcessRecord): boolean {
  return recordOf(record.pid)?.startedAt === record.startedAt;
}

/** Sends a signal to a process, or to a group when the id is negative; false when there is none. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    // macOS answers EPERM for a group of which only a zombie is left.
    if (["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return false;
    }
    throw error;
  }
}

/** Waits for the end of a process that is nobody's child here; false when it still runs after that time. */
export async function waitForEnd(record: ProcessRecord, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1_000;
  while (isRunning(record)) {
    if (Date.now() > deadline) {
      return false;
    }
    await delay(pollMilliseconds);
  }
  return true;
}

/** The running process groups, in a file, so that the next start finds them when this one was killed. */
export class ProcessFile {
  private readonly records = new Map<number, ProcessRecord>();

  constructor(private readonly file: string) {}

  /** Remembers the leader of a process group. */
  add(pid: number): void {
    const record = recordOf(pid);
    if (record !== undefined) {
      this.records.set(pid, record);
      this.write();
    }
  }

  /** Forgets a group that has ended. */
  remove(pid: number): void {
    if (this.records.delete(pid)) {
      this.write();
    }
  }

  private write(): void {
    if (this.records.size === 0) {
      fs.rmSync(this.file, { force: true });
      return;
    }
    writeWhole(this.file, JSON.stringify([...this.records.values()]));
  }
}

/** Stops what an earlier launcher, killed before it could, has left running. Returns how many groups there were. */
export async function stopLeftOvers(file: string): Promise<number> {
  const running = readRecords(file).filter(isRunning);
  await Promise.all(running.map(stopGroup));
  fs.rmSync(file, { force: true });
  return running.length;
}

/** Writes a file that is either the old or the new one, and that only its owner can read. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.new`;
  fs.writeFileSync(draft, text, { mode: 0o600 });
  fs.renameSync(draft, file);
}

async function stopGroup(record: ProcessRecord): Promise<void> {
  signal(-record.pid, "SIGTERM");
  await waitForEnd(record, terminationSeconds);
  // Also when the leader has ended: its children are in the group, and the group keeps the id from being used again.
  signal(-record.pid, "SIGKILL");
  await waitForEnd(record, terminationSeconds);
}

function readRecords(file: string): ProcessRecord[] {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as ProcessRecord[];
  } catch {
    return [];
  }
}

function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in parentheses, may itself contain spaces and parentheses.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticksSinceBoot = fields[18];
    return state === "Z" || state === "X" ? undefined : `${bootId()} ${ticksSinceBoot}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function startTimeFromPs(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  const { stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { env, encoding: "utf8" });
  const [, state, startedAt] = /^(\S+)\s+(.+)$/.exec(stdout?.trim() ?? "") ?? [];
  return state === undefined || state.startsWith("Z") ? undefined : startedAt;
}
