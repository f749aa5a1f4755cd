import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { quickStart } from "../../delivery/pulumi/quick-start";
import { projectFolder } from "../../offline/stack-file";
import { runHosted } from "../engine/node-host";

/** Notes the stacks of two errors from one place, the frames that others ask for, and what a promise has of its own. */
const program = `
  import { writeFileSync } from "node:fs";
  import * as pulumi from "@pulumi/pulumi";

  interface Told { readonly words: string }

  function fail(told: Told): string | undefined {
    return new TypeError(told.words).stack;
  }

  const stacks = ["first", "second"].map((words) => fail({ words }));
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, frames) => frames;
  const frames = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = before;
  const after = fail({ words: "after" });
  const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
  const promise = Promise.resolve();
  debuggablePromise(promise, "here");
  const ofPromise = (promise as unknown as { _debugStackTrace: string })._debugStackTrace;
  writeFileSync("stacks.json", JSON.stringify({ stacks, frames: Array.isArray(frames), after, ofPromise, pulumi: pulumi.getStack() }));
`;

interface Noted {
  readonly stacks: readonly string[];
  readonly frames: boolean;
  readonly after: string;
  readonly ofPromise: string;
}

describe("a quick start", function () {
  this.timeout("3m");
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-quick-"));
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "index.ts"), program);
    for (const file of ["tsconfig.json", "package.json"]) {
      writeFileSync(join(folder, file), readFileSync(join(projectFolder, file)));
    }
    symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"), "junction");
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  async function start(env: NodeJS.ProcessEnv): Promise<Noted> {
    const { exitCode, errors } = await runHosted("dev", {}, { folder, env });
    assert.deepEqual([exitCode, errors], [0, []]);
    return JSON.parse(readFileSync(join(folder, "stacks.json"), "utf8")) as Noted;
  }

  it("leaves the stacks of errors as they are, in terms of the TypeScript, and who asks for frames gets frames", async () => {
    const [plain, quick] = [await start({}), await start(quickStart({ NODE_COMPILE_CACHE: join(folder, "cache") }))];

    assert.deepEqual({ ...quick, ofPromise: "" }, { ...plain, ofPromise: "" });
    assert.match(quick.stacks[1]!, /^TypeError: second\n {4}at fail \(.*index\.ts:8:12\)\n/);
    assert.ok(quick.frames);
    assert.equal(quick.ofPromise, "Error: ");
  });

  it("shows where a promise comes from when somebody looks for leaks", async () => {
    const { ofPromise } = await start({ ...quickStart({ NODE_COMPILE_CACHE: join(folder, "cache") }), PULUMI_DEBUG_PROMISE_LEAKS: "1" });

    assert.match(ofPromise, /^Error: \n {4}at .*debuggablePromise.*\n {4}at .*index\.ts:19:3/);
  });

  it("keeps what NODE_OPTIONS and NODE_COMPILE_CACHE say already", () => {
    const { NODE_OPTIONS, NODE_COMPILE_CACHE } = quickStart({ NODE_OPTIONS: "--no-warnings", NODE_COMPILE_CACHE: "/cache" });
    assert.match(NODE_OPTIONS!, /^--no-warnings --require ".*quick-stacks\.cjs"$/);
    assert.equal(NODE_COMPILE_CACHE, "/cache");
  });
});
