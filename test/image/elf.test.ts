import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { serviceFolder } from "../service-code";

/** What a program without a table of sections could have lost, if Node looked things up in it. */
const abilities = `
  const { Session } = require("node:inspector");
  const { Worker } = require("node:worker_threads");
  const { header, nativeStack, sharedObjects } = process.report.getReport();
  const session = new Session();
  session.connect();
  session.post("Runtime.evaluate", { expression: "6 * 7" }, (_, { result }) => {
    new Worker("require('node:worker_threads').parentPort.postMessage('worker')", { eval: true }).once("message", (worker) => {
      const named = nativeStack.some(({ symbol }) => symbol.includes("node::"));
      console.log(JSON.stringify([header.nodejsVersion, sharedObjects.length > 0, named, result.value, worker]));
    });
  });
`;

describe("a program without its symbols", () => {
  let withoutSymbols: (program: Buffer) => Buffer;
  let folder: string;

  before(async function () {
    if (process.platform !== "linux") {
      this.skip();
    }
    ({ withoutSymbols } = await import(join(serviceFolder, "image/elf.ts")) as { withoutSymbols: typeof withoutSymbols });
    folder = mkdtempSync(join(tmpdir(), "accounts-elf-"));
  });

  after(() => folder && rmSync(folder, { recursive: true }));

  it("is node as it was: reports with names of functions, the inspector, workers", () => {
    const original = readFileSync(process.execPath);
    const node = join(folder, "node");
    writeFileSync(node, withoutSymbols(original));
    chmodSync(node, 0o755);
    assert.deepEqual(JSON.parse(execFileSync(node, ["--eval", abilities], { encoding: "utf8" })), [process.version, true, true, 42, "worker"]);
  });

  it("is the same when there is nothing more to take away", () => {
    const once = withoutSymbols(readFileSync(process.execPath));
    assert.ok(withoutSymbols(once).equals(once));
  });

  it("must be one of the kind that both architectures have, or the build ends and says what it got", () => {
    assert.throws(() => withoutSymbols(Buffer.from("#!/bin/sh\n")), {
      message: "a program must be a 64-bit little-endian ELF file, got one that starts with 23212f62696e",
    });
  });
});
