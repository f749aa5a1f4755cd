import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { quickStart } from "../delivery/pulumi/quick-start";
import { projectFolder, readStackFile } from "../offline/stack-file";
import { writeIntoDocument } from "../service/bench/document.js";
import { describeMachine } from "../service/bench/machine.js";
import { judge, noteOf, range, render, whole, type Row } from "../service/bench/report.js";
import { measureRounds } from "../service/bench/rounds.js";
import { runHosted } from "../test/engine/node-host";

/** What a process took until its end. */
interface Taken {
  readonly cpuMilliseconds: number;
  readonly memoryMiB: number;
}

/** A machine that is busy with other things takes much longer than it works. */
const limitSeconds = 600;

/** Of a start by Pulumi's default. */
const mostOfDefault = 0.22;

const byDefault = "Pulumi's default";
const check = "the check of the types beforehand";
const ours = "as `npm run up` starts it";

/** Each begins with nothing that an earlier one left, as a job of CI does. */
const programs: Readonly<Record<string, (env: NodeJS.ProcessEnv) => NodeJS.ProcessEnv>> = {
  [byDefault]: (env) => ({ ...env, NODE_COMPILE_CACHE: undefined, PULUMI_NODEJS_TRANSPILE_ONLY: "false" }),
  [ours]: (env) => ({ ...env, ...quickStart(env) }),
};

/** Previews dev through the entry of Pulumi's Node host, with an engine that answers at once. */
async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, errors } = await runHosted("dev", readStackFile("dev"), { env, limitSeconds });
  if (exitCode !== 0) {
    throw new Error(`the program ended with ${exitCode} and said: ${errors.join("; ")}`);
  }
}

async function checkTypes(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [require.resolve("typescript/bin/tsc"), "--noEmit"], {
    cwd: projectFolder, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) {
    throw new Error(`tsc ended with ${code}`);
  }
}

/** Runs something several times with one folder for temporary files, which is empty at first: caches are in it. */
async function measure(run: (env: NodeJS.ProcessEnv) => Promise<void>, times: number): Promise<Taken[]> {
  const folder = mkdtempSync(join(tmpdir(), "accounts-start-up-"));
  const file = join(folder, "cpu-time.json");
  const env = {
    TMPDIR: folder,
    NODE_COMPILE_CACHE: join(folder, "compiled"),
    CPU_TIME_FILE: file,
    NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "cpu-time.cjs"))}`,
  };
  const taken: Taken[] = [];
  try {
    while (taken.length < times) {
      await run(env);
      taken.push(JSON.parse(readFileSync(file, "utf8")) as Taken);
    }
    return taken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(rounds: number): Promise<string> {
  const steps = new Map([
    ...Object.entries(programs).map(([name, environment]): [string, () => Promise<Taken[]>] =>
      [name, () => measure((env) => start(environment(env)), 2)]),
    [check, () => measure(checkTypes, 1)] as const,
  ]);
  const outcome = await measureRounds(rounds, steps, (round) => process.stderr.write(`round ${round} of ${rounds}\n`));
  const of = (name: string, which: number) => outcome.figure(name, (taken) => taken[which]!.cpuMilliseconds);
  const row = (title: string, name: string, which: number): Row => {
    const ratio = of(name, which).over(of(byDefault, 0));
    const memory = outcome.figure(name, (taken) => taken[which]!.memoryMiB);
    const verdict = name === ours && which === 0 ? judge(ratio, { most: mostOfDefault }, outcome) : {};
    return { cells: [title, whole(of(name, which)), range(ratio), whole(memory)], ...verdict };
  };
  const rows = [
    ...Object.keys(programs).map((name) => row(`${name}, the first of a job`, name, 0)),
    ...Object.keys(programs).map((name) => row(`${name}, once more`, name, 1)),
    row(check, check, 0),
  ];
  const columns = ["start of dev's program", "CPU ms", "CPU, default = 1", "MiB"];
  const day = new Date().toISOString().slice(0, 10);
  const table = render([{ title: "A start of the program under Pulumi", note: noteOf(outcome), columns, rows }]);
  return `${day}, ${describeMachine()}.\n\n${table}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    rounds: { type: "string", default: "10" }, markdown: { type: "boolean", default: false },
  } });
  const report = await compare(Number(values.rounds));
  process.stdout.write(report);
  if (values.markdown) {
    writeIntoDocument(report, "npm run bench:start-up");
  }
}

main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
});
