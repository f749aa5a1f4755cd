import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

/** Everything `npm test` holds, in the order in which a mistake is found soonest. */
const suites = ["types", "lint", "test:program", "test:service", "test:image", "test:engine", "test:rehearsal"];

/** A suite that takes longer hangs: it fails, and those after it run all the same. */
const longestMinutes = 45;

const totals = { passing: 0, failing: 0, pending: 0 };
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => stopped.abort());
}

for (const suite of suites) {
  if (stopped.signal.aborted) {
    console.log(`\nstopped before ${suite}`);
    totals.failing += 1;
    break;
  }
  console.log(`\n=== npm run ${suite}`);
  const before = totals.failing;
  const end = await run(suite);
  if (end !== "exit code 0" && totals.failing === before) {
    // Types, lint, or a suite that broke down before it could count.
    totals.failing += 1;
    console.log(`npm run ${suite} ended with ${end}`);
  }
}

console.log(`\n${totals.passing} passed, ${totals.failing} failed, ${totals.pending} skipped`);
process.exitCode = totals.failing === 0 ? 0 : 1;

/** Runs a script of package.json, shows what it prints, and adds up mocha's own closing lines. Returns how it ended. */
async function run(script) {
  // In a process group of its own, so that all of it can be ended: npm hands a signal on to its shell alone.
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const lines = createInterface({ input: child.stdout }).on("line", (line) => {
    console.log(line);
    const [, count, kind] = /^\s+(\d+) (passing|failing|pending)\b/.exec(stripVTControlCharacters(line)) ?? [];
    if (kind !== undefined) {
      totals[kind] += Number(count);
    }
  });
  const limit = AbortSignal.timeout(longestMinutes * 60_000);
  const ending = AbortSignal.any([limit, stopped.signal]);
  const endGroup = () => process.kill(-child.pid, "SIGTERM");
  ending.addEventListener("abort", endGroup, { once: true });
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(lines, "close")]);
  ending.removeEventListener("abort", endGroup);
  return limit.aborted ? `${signal} after ${longestMinutes} minutes` : signal ?? `exit code ${code}`;
}
