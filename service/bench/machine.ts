import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Which CPUs belong to the servers that are measured, and which to everything else: as `taskset` writes them. */
export interface Places {
  readonly servers: string;
  readonly others: string;
}

/** Splits the CPUs this process may use; undefined where that cannot be done. */
export function findPlaces(): Places | undefined {
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(read("/proc/self/status"))?.[1] ?? "";
  const [first, ...others] = allowed.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return first === undefined || others.length === 0 || !hasTaskset()
    ? undefined
    : { servers: String(first), others: others.join(",") };
}

/** Moves this process, and all that it will start, to some CPUs. */
export function moveTo(cpuList: string): void {
  execFileSync("taskset", ["-a", "-c", "-p", cpuList, String(process.pid)], { stdio: "ignore" });
}

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What a person needs to know to compare two runs. */
export function describeMachine(): string {
  const [cpu] = cpus();
  return `${cpus().length} x ${cpu?.model.trim() ?? "unknown CPU"}, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** CPU time of a process with all its threads, in microseconds. */
export function cpuOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) {
    return Number.NaN;
  }
  const nanoseconds = readdirSync(tasks).map((task) => Number(read(`${tasks}/${task}/schedstat`).split(" ")[0]));
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1_000;
}

/** Memory of a process that is in RAM, in MiB. */
export function memoryOf(pid: number): number {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kibibytes === undefined ? Number.NaN : Number(kibibytes) / 1_024;
}

/** Ticks of all CPUs since boot. */
export interface Ticks {
  readonly all: number;
  readonly idle: number;
  /** Spent by this process and everything below it. */
  readonly own: number;
}

export function readTicks(): Ticks {
  if (!existsSync("/proc/stat")) {
    return { all: Number.NaN, idle: Number.NaN, own: Number.NaN };
  }
  const fields = /^cpu +(.+)$/m.exec(read("/proc/stat"))?.[1]?.split(" ").map(Number) ?? [];
  // user nice system idle iowait irq softirq steal; the two that follow are part of user and nice.
  const counted = fields.slice(0, 8);
  const [idle = 0, waiting = 0] = counted.slice(3, 5);
  return { all: counted.reduce((sum, one) => sum + one, 0), idle: idle + waiting, own: ownTicks() };
}

/** The share of the machine's time that went to anybody else, the hypervisor's other guests included. */
export function foreignShare(before: Ticks, after: Ticks): number {
  const busy = after.all - before.all - (after.idle - before.idle);
  const foreign = busy - (after.own - before.own);
  return Math.max(0, foreign / (after.all - before.all));
}

function ownTicks(): number {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    const stat = read(`/proc/${name}/stat`);
    // The name of the program, in parentheses, may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    // In user and system mode, its own, and of its children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0);
    return { pid: Number(name), parent: fields[1], ticks };
  });
  const own = new Set([process.pid]);
  for (let known = 0; known < own.size;) {
    known = own.size;
    processes.filter(({ parent }) => own.has(parent ?? 0)).forEach(({ pid }) => own.add(pid));
  }
  return processes.filter(({ pid }) => own.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0);
}

/** Files below /proc vanish with their process, and are not there at all on other systems. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
