import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { isRunning, ProcessFile, recordOf, stopLeftOvers } from "../../../offline/stand-ins/processes";
import { newFolder, removeFolders } from "./folders";

describe("processes", () => {
  const children: ChildProcess[] = [];

  async function start(program: string): Promise<{ child: ChildProcess; line: string }> {
    const child = spawn(process.execPath, ["-e", program], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    const [line] = await once(child.stdout!, "data") as [Buffer];
    return { child, line: line.toString().trim() };
  }

  const idle = "console.log('ready'); setInterval(() => {}, 1000)";

  const stubborn = `process.on("SIGTERM", () => {}); ${idle}`;

  afterEach(async () => {
    const running = children.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    for (const child of running) {
      process.kill(-child.pid!, "SIGKILL");
      await once(child, "exit");
    }
    removeFolders();
  });

  it("tells a process from another one with its id", () => {
    const self = recordOf(process.pid)!;
    assert.ok(isRunning(self));
    assert.ok(!isRunning({ ...self, startedAt: "before" }));
  });

  it("knows no record of a process that has ended", async () => {
    const { child } = await start(idle);
    const record = recordOf(child.pid!)!;
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(recordOf(child.pid!), undefined);
    assert.ok(!isRunning(record));
  });

  it("stops what the file of a killed launcher names, with its children", async () => {
    const file = path.join(newFolder(), "processes.json");
    const { child, line } = await start(`
      const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(stubborn)}]);
      child.stdout.once("data", () => console.log(child.pid));`);
    const grandchild = recordOf(Number(line))!;
    new ProcessFile(file).add(child.pid!);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);

    const exited = once(child, "exit");
    assert.equal(await stopLeftOvers(file), 1);
    assert.deepEqual(await exited, [null, "SIGTERM"]);
    while (isRunning(grandchild)) {
      await new Promise(setImmediate);
    }
    assert.ok(!fs.existsSync(file));
  });

  it("leaves a process alone that only has the id of a left-over", async () => {
    const file = path.join(newFolder(), "processes.json");
    const { child } = await start(idle);
    fs.writeFileSync(file, JSON.stringify([{ pid: child.pid, startedAt: "before" }]));
    assert.equal(await stopLeftOvers(file), 0);
    assert.notEqual(recordOf(child.pid!), undefined);
  });

  it("has no file when nothing runs", async () => {
    const file = path.join(newFolder(), "processes.json");
    const { child } = await start(idle);
    const processes = new ProcessFile(file);
    processes.add(child.pid!);
    processes.remove(child.pid!);
    assert.ok(!fs.existsSync(file));
    assert.equal(await stopLeftOvers(file), 0);
  });
});
