import * as assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { quickStart } from "../../delivery/pulumi/quick-start";
import { projectFolder } from "../../offline/stack-file";
import { runHosted } from "../engine/node-host";

/**
 * Notes the stacks of two errors from one place and of one in another file, the frames that others ask for, what a
 * promise has of its own, and what Pulumi's SDK does with the compiler and with npm's resolver.
 */
const files = {
  "index.ts": `
  import { writeFileSync } from "node:fs";
  import * as pulumi from "@pulumi/pulumi";
  import { Elsewhere, folder, type Told } from "./parts/elsewhere";

  function fail(told: Told): string | undefined {
    return new TypeError(told.words).stack;
  }

  const stacks = [...["first", "second"].map((words) => fail({ words })), new Elsewhere("third").fail()];
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, frames) => frames;
  const frames = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = before;
  const after = fail({ words: "after" });
  const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
  const promise = Promise.resolve();
  debuggablePromise(promise, "here");
  const ofPromise = (promise as unknown as { _debugStackTrace: string })._debugStackTrace;

  export = async () => {
    const { text } = await pulumi.runtime.serializeFunction((told: Told) => told.words.length);
    const paths = [...(await pulumi.runtime.computeCodePaths()).keys()];
    writeFileSync("stacks.json", JSON.stringify({
      stacks, frames: Array.isArray(frames), after, ofPromise, folder, text, paths, pulumi: pulumi.getStack(),
    }));
  };
`,
  "parts/elsewhere.ts": `
  export interface Told {
    readonly words: string;
  }

  export const folder = __dirname;

  export class Elsewhere implements Told {
    constructor(readonly words: string) {}

    fail(): string | undefined {
      return new RangeError(this.words).stack;
    }
  }
`,
};

interface Noted {
  readonly stacks: readonly string[];
  readonly frames: boolean;
  readonly after: string;
  readonly ofPromise: string;
  readonly folder: string;
  readonly text: string;
  readonly paths: readonly string[];
}

describe("a quick start", function () {
  this.timeout("3m");
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-quick-"));
    mkdirSync(join(folder, "cache"));
    mkdirSync(join(folder, "parts"));
    Object.entries(files).forEach(([file, program]) => writeFileSync(join(folder, file), program));
    writeFileSync(join(folder, "tsconfig.json"), readFileSync(join(projectFolder, "tsconfig.json")));
    writeFileSync(join(folder, "package.json"), '{ "name": "quick", "dependencies": { "google-protobuf": "*" } }');
    symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"), "junction");
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  async function start(env: NodeJS.ProcessEnv): Promise<Noted> {
    const { exitCode, errors } = await runHosted("dev", {}, { folder, env });
    assert.deepEqual([exitCode, errors], [0, []]);
    return JSON.parse(readFileSync(join(folder, "stacks.json"), "utf8")) as Noted;
  }

  it("shows what the SDK's own loader would", async () => {
    const [plain, quick] = [await start({}), await start(quickStart({ NODE_COMPILE_CACHE: join(folder, "cache") }))];

    assert.deepEqual(comparable(quick), comparable(plain));
    assert.match(quick.stacks[1]!, /^TypeError: second\n {4}at fail \(.*index\.ts:7:12\)\n/);
    assert.match(quick.stacks[2]!, /^RangeError: third\n {4}at Elsewhere\.fail \(.*parts.elsewhere\.ts:12:14\)\n/);
    assert.equal(quick.ofPromise, "Error: ");
    assert.match(quick.text, /words\.length/);
    assert.ok(quick.paths.some((path) => path.includes("google-protobuf")), quick.paths.join("\n"));
  });

  /** Stacks of the program's own frames: those of the loaders differ. */
  function comparable(noted: Noted): Noted {
    const own = (stack: string): string =>
      stack.split("\n").filter((line, index) => index === 0 || line.includes(`${folder}/`)).join("\n");
    return { ...noted, stacks: noted.stacks.map(own), after: own(noted.after), ofPromise: "" };
  }

  it("shows where a promise comes from when somebody looks for leaks", async () => {
    const { ofPromise } = await start({ ...quickStart({ NODE_COMPILE_CACHE: join(folder, "cache") }), PULUMI_DEBUG_PROMISE_LEAKS: "1" });

    assert.match(ofPromise, /^Error: \n {4}at .*debuggablePromise.*\n {4}at .*index\.ts:18:3/);
  });

  it("keeps what NODE_OPTIONS and NODE_COMPILE_CACHE say already", () => {
    const { NODE_OPTIONS, NODE_COMPILE_CACHE } = quickStart({ NODE_OPTIONS: "--no-warnings", NODE_COMPILE_CACHE: "/cache" });
    assert.match(NODE_OPTIONS!, /^--no-warnings --require ".*quick-stacks\.cjs" --require ".*quick-loader\.cjs"$/);
    assert.equal(NODE_COMPILE_CACHE, "/cache");
  });
});
