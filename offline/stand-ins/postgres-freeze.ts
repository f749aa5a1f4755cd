import { spawnSync } from "node:child_process";
import * as fs from "node:fs";

import { signal } from "./processes";

/** Stops every process of a server where it stands: its sockets stay open, and nobody answers on them. */
export function freezeServer(pid: number): void {
  // First the one that starts others.
  signal(pid, "SIGSTOP");
  childrenOf(pid).forEach((child) => signal(child, "SIGSTOP"));
}

/** Lets a frozen server go on as if no time had passed. */
export function thawServer(pid: number): void {
  [...childrenOf(pid), pid].forEach((each) => signal(each, "SIGCONT"));
}

/** Each backend leads a process group of its own, so a signal to the server's group does not reach it. */
function childrenOf(pid: number): number[] {
  return processes().filter(({ parent }) => parent === pid).map((process) => process.pid);
}

function processes(): { pid: number; parent: number }[] {
  if (process.platform !== "linux") {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    return stdout.trim().split("\n").map((line) => {
      const [pid = NaN, parent = NaN] = line.trim().split(/\s+/).map(Number);
      return { pid, parent };
    });
  }
  return fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    return { pid: Number(name), parent: parentFromProc(name) };
  });
}

function parentFromProc(name: string): number {
  try {
    const status = fs.readFileSync(`/proc/${name}/status`, "utf8");
    return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
  } catch {
    // It has ended since the folder was read.
    return NaN;
  }
}
