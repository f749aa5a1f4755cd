import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { recordOf, signal, waitForEnd, type ProcessRecord } from "./processes";

const shutdownSeconds = 10;

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

function isServerOf(pid: number, cluster: string): boolean {
  if (process.platform === "linux") {
    // The server's working directory is its data, also after somebody has moved them.
    return fs.readlinkSync(`/proc/${pid}/cwd`) === fs.realpathSync(cluster);
  }
  const { stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.includes(` -D ${cluster} `);
}
