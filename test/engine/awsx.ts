import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { createInterface } from "node:readline";

/** Starts the stand-in for awsx's plugin, in a process of its own: Pulumi's provider server serves one for each. */
export async function startAwsx(): Promise<{ port: number; stop(): Promise<void> }> {
  const script = path.join(__dirname, "awsx-components.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const firstLine = once(createInterface(child.stdout), "line").then(([line]) => Number(line));
  const port = await Promise.race([firstLine, exited.then(([code]) => {
    throw new Error(`the stand-in for awsx ended with exit code ${code} before it served`);
  })]);
  return {
    port,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
