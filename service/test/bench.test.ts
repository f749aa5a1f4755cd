import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** One slice of every measure, too short to say anything about speed. */
const smallest = ["--rounds", "1", "--seconds", "0.1", "--users", "100"];

describe("the bench", () => {
  let bench: ChildProcess;

  /** In a process group of its own, as the terminal's Ctrl-C reaches a whole group. */
  const start = (...options: string[]): void => {
    bench = spawn(process.execPath, ["--import", "tsx", "bench/main.ts", ...options], {
      detached: true, stdio: ["ignore", "pipe", "pipe"],
    });
  };
  /** esbuild, which tsx starts, ends a moment after its parent, a server would never. PostgreSQL has another group. */
  const groupEnds = async (): Promise<boolean> => {
    for (let tries = 0; tries < 200 && !groupIsEmpty(); tries += 1) {
      await sleep(10);
    }
    return groupIsEmpty();
  };
  const ended = async (): Promise<[code: number, tables: string, progress: string]> => {
    const output = Promise.all([text(bench.stdout!), text(bench.stderr!)]);
    const [code] = await once(bench, "exit") as [number];
    assert.ok(await groupEnds(), "a server outlives the bench");
    return [code, ...await output];
  };
  const groupIsEmpty = (): boolean => {
    try {
      return !process.kill(-bench.pid!, 0);
    } catch {
      return true;
    }
  };

  afterEach(() => {
    if (!groupIsEmpty()) {
      process.kill(-bench.pid!, "SIGKILL");
    }
  });

  it("measures every server in every way, and gets from each only the answers it asked for", async () => {
    start(...smallest);
    const [code, tables, progress] = await ended();

    assert.equal(code, 0, progress);
    const rows = [...tables.matchAll(/^(?:###|\|(?! server|-)) (.+?)(?: +\|.*)?$/gm)].map(([, name]) => name);
    const [floor, pipelined, demo] = ["floor: node:http, pg pool", "node:http, pg pipelined", "Fastify as in its demo"];
    const [service, withoutLane, traced] = ["accounts", "accounts without lane", "accounts with tracing"];
    assert.deepEqual(rows, [
      "Start, to the first answer out of the database", floor, demo, service, traced,
      "Memory when idle", floor, demo, service, traced,
      "GET /v1/users/{id}", floor, pipelined, demo, service, withoutLane, traced,
      "Memory after a slice of GET /v1/users/{id}", floor, pipelined, demo, service, withoutLane, traced,
      "GET /v1/users/{id}, while one request in 200 is a list that takes 50 ms", service, withoutLane,
      "POST /v1/users", floor, pipelined, demo, service, withoutLane,
      "POST /v1/users with a taken address", service, demo,
      "Database sessions opened during a slice of 409", service, demo,
    ]);
    assert.doesNotMatch(tables, /NaN|undefined/);
  }).timeout(120_000);

  it("leaves no process behind when it is stopped with Ctrl-C", async () => {
    start(...smallest, "--only", "get", "--rounds", "1000");
    bench.stderr!.on("data", (chunk) => {
      if (String(chunk).includes("round 1 of")) {
        process.kill(-bench.pid!, "SIGINT");
      }
    });
    const [code, tables, progress] = await ended();

    assert.deepEqual([code, tables], [130, ""]);
    assert.match(progress, /bench: stopped by SIGINT\n$/);
  }).timeout(60_000);

  it("says what is wrong with an option, and which values there are", async () => {
    start("--only", "gets");
    const [code, , progress] = await ended();

    assert.deepEqual([code, progress], [2, "bench: --only must name some of start, get, slow, post, storm, got \"gets\"\n"]);
  }).timeout(10_000);
});
