import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

import { committedStacks, projectFolder } from "../../../offline/stack-file";
import { listen } from "../../../offline/stand-ins/local-server";

interface Run {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  readonly output: () => string;
  /** Resolves with the exit code, or the signal that ended the command. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves once a line matches; rejects when the command ends before. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
}

describe("npm start", function () {
  this.timeout(120_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "twin-"));
    // Open to PostgreSQL, which runs as another user where the tests run as root.
    chmodSync(directory, 0o755);
  });

  afterEach(() => {
    assert.deepEqual(processesIn(directory), [], "processes were left behind");
    rmSync(directory, { recursive: true, force: true });
  });

  for (const stack of ["dev", "prod"]) {
    it(`-- ${stack} --once walks the five steps and exits with 0, without a terminal`, async () => {
      const run = start(directory, [stack, "--once"]);
      assert.equal(await run.ended, 0, run.output());
      assert.equal(run.output().match(/^ok {5}\d /gm)?.length, 5, run.output());
    });
  }

  it("shows commands that work when pasted, and ends with everything it started on SIGTERM to npm alone", async () => {
    const run = start(directory, []);
    await run.printed(/Ctrl-C stops everything/);
    const commands = run.output().split("\n").filter((line) => line.startsWith("  curl "));
    assert.equal(commands.length, 3);
    for (const command of commands) {
      const words = ["-c", `${command} --silent --show-error --fail-with-body`];
      const curl = spawn("sh", words, { stdio: ["ignore", "pipe", "inherit"] });
      const [body, [code]] = await Promise.all([text(curl.stdout), once(curl, "close")]);
      assert.equal(code, 0, `${command}\n${body}`);
    }
    run.child.kill("SIGTERM");
    await run.ended;
    await gone(directory);
  });

  it("ends with everything it started on Ctrl-C, which reaches it twice: from the terminal, and through npm", async () => {
    const run = start(directory, [], { detached: true });
    await run.printed(/Ctrl-C stops everything/);
    process.kill(-run.child.pid!, "SIGINT");
    await run.ended;
    await gone(directory);
    assert.match(run.output(), /SIGINT: stopping\n$/);
  });

  it("ends when npm is gone without a word", async () => {
    const run = start(directory, []);
    await run.printed(/Ctrl-C stops everything/);
    run.child.kill("SIGHUP");
    await run.ended;
    await gone(directory);
  });

  it("ends what it started so far when it is stopped in the middle of its start", async () => {
    const run = start(directory, []);
    await run.printed(/ database /);
    run.child.kill("SIGTERM");
    await run.ended;
    await gone(directory);
  });

  it("stops what a killed twin left behind, and keeps its data", async () => {
    const killed = start(directory, []);
    const [, url] = await killed.printed(/balancer {3}(http\S+)/);
    const [, key] = await killed.printed(/API key of client "default": (\S+)/);
    const headers = { "authorization": `Bearer ${key}`, "content-type": "application/json" };
    const body = JSON.stringify({ email: "kept@example.com", name: "Kept" });
    assert.equal((await fetch(`${url}/v1/users`, { method: "POST", headers, body })).status, 201);
    process.kill(launcherOf(directory), "SIGKILL");
    await killed.ended;
    assert.notDeepEqual(processesIn(directory), [], "the tasks should have survived their launcher");

    const next = start(directory, []);
    const [, nextUrl] = await next.printed(/balancer {3}(http\S+)/);
    const answer = await fetch(`${nextUrl}/v1/users`, { headers });
    assert.match(await answer.text(), /kept@example\.com/);
    next.child.kill("SIGTERM");
    await next.ended;
    await gone(directory);
  });

  it("forgets the data with --fresh", async () => {
    const first = start(directory, ["--once"]);
    assert.equal(await first.ended, 0, first.output());
    const secrets = readFileSync(join(directory, "secrets.json"), "utf8");
    const second = start(directory, ["--once", "--fresh"]);
    assert.equal(await second.ended, 0, second.output());
    assert.notEqual(readFileSync(join(directory, "secrets.json"), "utf8"), secrets);
  });

  it("refuses a folder in which a twin runs already, in one line", async () => {
    const first = start(directory, []);
    await first.printed(/Ctrl-C stops everything/);
    const second = start(directory, ["--fresh"]);
    assert.equal(await second.ended, 1);
    assert.match(second.output(), /^a twin runs in .* already, as process \d+: stop it, or give this/);
    assert.equal(second.output().trim().split("\n").length, 1);
    first.child.kill("SIGTERM");
    await first.ended;
    await gone(directory);
  });

  it("refuses a port that is taken before it starts anything", async () => {
    const server = createServer();
    const port = await listen(server);
    const run = start(directory, [], { port });
    assert.equal(await run.ended, 1);
    assert.match(run.output(), new RegExp(`^port ${port} is taken by another program: choose another one, .*\n$`));
    await new Promise((resolve) => server.close(resolve));
  });

  it("shows why the tasks end, when they do, and does not wait for a minute", async () => {
    const copy = join(directory, "copy");
    copyProject(copy);
    const server = join(copy, "service", "src", "server.ts");
    writeFileSync(server, `throw new Error("boom");\n${readFileSync(server, "utf8")}`);
    const run = start(join(directory, "data"), ["--once"], { cwd: copy });
    assert.equal(await run.ended, 1);
    assert.match(run.output(), /[3-9] tasks of the service have ended before they were healthy/);
    assert.match(run.output(), /Error: boom/);
  });

  it("goes round a proxy that is set for the internet", async () => {
    const proxy = "http://127.0.0.1:9";
    const run = start(directory, ["--once"], { env: { http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy } });
    assert.equal(await run.ended, 0, run.output());
  });

  it("refuses a stack that does not exist in one line", async () => {
    const run = start(directory, ["nowhere"]);
    assert.equal(await run.ended, 1);
    const stacks = committedStacks().join(", ");
    assert.equal(run.output(), `there is no stack "nowhere": Pulumi.<stack>.yaml exists for ${stacks}\n`);
  });

  it("shows a changed setting: log level, task count, health path", async () => {
    const copy = join(directory, "copy");
    copyProject(copy);
    const settings = join(copy, "environments", "dev.ts");
    writeFileSync(settings, readFileSync(settings, "utf8")
      .replace(/logLevel: "\w+"/, 'logLevel: "warn"')
      .replace(/minTasks: \d+/, "minTasks: 3")
      .replace(/path: "[^"]+"/, 'path: "/health/ready?asked-by=balancer"'));
    const run = start(join(directory, "data"), ["--once"], { cwd: copy });
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), /3 tasks pass GET \/health\/ready\?asked-by=balancer/);
    const log = join(directory, "data", "logs", "service.log");
    assert.doesNotMatch(existsSync(log) ? readFileSync(log, "utf8") : "", /"level":(20|30|"debug"|"info")/);
  });

  it("says in one line what is wrong with a setting", async () => {
    const copy = join(directory, "copy");
    copyProject(copy);
    const settings = join(copy, "environments", "dev.ts");
    writeFileSync(settings, readFileSync(settings, "utf8").replace(/minTasks: \d+/, "minTasks: 1"));
    const run = start(join(directory, "data"), ["--once"], { cwd: copy });
    assert.equal(await run.ended, 1);
    assert.equal(run.output(), "environments/dev.ts: service.minTasks is 1, but must be 2 to 1000, a whole number\n");
  });
});

interface StartOptions {
  readonly cwd?: string;
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** In a process group of its own, as a terminal has one for each command. */
  readonly detached?: boolean;
}

function start(directory: string, words: string[], options: StartOptions = {}): Run {
  const child = spawn("npm", ["start", "--silent", "--", ...words, `--directory=${directory}`], {
    cwd: options.cwd ?? projectFolder,
    env: { ...process.env, ...options.env, PORT: String(options.port ?? 0) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.detached,
  });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      listeners.forEach((listener) => listener());
    });
  }
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const printed = (pattern: RegExp) => new Promise<RegExpExecArray>((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(output);
      if (found) {
        listeners.delete(look);
        resolve(found);
      }
    };
    listeners.add(look);
    look();
    void ended.then(() => reject(new Error(`ended without printing ${pattern}:\n${output}`)));
  });
  return { child, output: () => output, ended, printed };
}

/** The project's own files in another folder, with the installed packages of this one. */
function copyProject(copy: string): void {
  for (const name of ["index.ts", "tsconfig.json", "package.json", "delivery", "environments", "infra", "offline", "service"]) {
    cpSync(join(projectFolder, name), join(copy, name), {
      recursive: true,
      filter: (path) => !/node_modules|[/\\]dist($|[/\\])/.test(path.slice(projectFolder.length)),
    });
  }
  for (const file of readdirSync(projectFolder).filter((name) => /^Pulumi.*\.yaml$/.test(name))) {
    cpSync(join(projectFolder, file), join(copy, file));
  }
  symlinkSync(join(projectFolder, "node_modules"), join(copy, "node_modules"));
  symlinkSync(join(projectFolder, "service", "node_modules"), join(copy, "service", "node_modules"));
}

function launcherOf(directory: string): number {
  return (JSON.parse(readFileSync(join(directory, "launcher.json"), "utf8")) as { pid: number }).pid;
}

/** Processes that work in a folder, as far as the system shows it: launcher aside, tasks and database do. */
function processesIn(directory: string): number[] {
  const pids = existsSync("/proc/self") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  return pids.flatMap((pid) => {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return cwd.startsWith(directory) || command.includes(directory) ? [Number(pid)] : [];
    } catch {
      // It has ended while we looked, or is another user's.
      return [];
    }
  });
}

/** npm hands on a signal and may end before the twin has stopped everything. */
async function gone(directory: string): Promise<void> {
  const lock = join(directory, "launcher.json");
  const limit = Date.now() + 30_000;
  while (existsSync(lock) || processesIn(directory).length > 0) {
    assert.ok(Date.now() < limit, `still there after 30 s: ${processesIn(directory).join(", ")}`);
    await sleep(20);
  }
}
