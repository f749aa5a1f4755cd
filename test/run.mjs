import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

/** Everything `npm test` holds, in the order in which a mistake is found soonest. */
const suites = ["types", "lint", "test:program", "test:service", "test:image", "test:engine", "test:rehearsal"];

/** A suite that takes longer hangs: it fails, and those after it run all the same. */
const longestMinutes = 45;

/**
 * A suite that has printed its results and leaves something open ends itself by then, see `left-open.mjs`. What is left
 * is Node.js that hangs in its own end, which has bugs (nodejs/node#54918): the results count.
 */
const endSeconds = 2 * Number(process.env.TEST_END_SECONDS ?? 30);

/** How much is repeated of a failure: a log is often shown from its end only, and is cut. */
const repeatedLines = 60;

/** How such a suite has ended, in words. */
const hung = "its results, without an end";

const ended = [];
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => stopped.abort());
}

for (const suite of suites) {
  if (stopped.signal.aborted) {
    console.log(`\nstopped before ${suite}`);
    ended.push({ suite, passing: 0, failing: 1, pending: 0, minutes: 0, failure: [`stopped before ${suite}`] });
    break;
  }
  console.log(`\n=== npm run ${suite}`);
  ended.push(await run(suite));
}

for (const { suite, failure } of ended.filter(({ failing }) => failing > 0)) {
  console.log(`\n=== what failed in npm run ${suite}\n`);
  console.log(failure.join("\n"));
}
console.log();
for (const { suite, passing, failing, pending, minutes } of ended) {
  console.log(`${suite.padEnd(16)} ${passing} passed, ${failing} failed, ${pending} skipped in ${minutes.toFixed(1)} min`);
}
const total = (kind) => ended.reduce((sum, suite) => sum + suite[kind], 0);
console.log(`\n${total("passing")} passed, ${total("failing")} failed, ${total("pending")} skipped`);
process.exitCode = total("failing") === 0 ? 0 : 1;

/**
 * Runs a script of package.json, shows what it prints, and adds up mocha's own closing lines. Types, lint, and a suite
 * that breaks down before it has counted, are one failure.
 */
async function run(suite) {
  const started = performance.now();
  const counted = { passing: 0, failing: 0, pending: 0 };
  const printed = [];
  let failuresFrom;
  const end = await runScript(suite, (line, killLater) => {
    console.log(line);
    printed.push(line);
    const [, count, kind] = /^\s+(\d+) (passing|failing|pending)\b/.exec(stripVTControlCharacters(line)) ?? [];
    if (kind !== undefined) {
      counted[kind] += Number(count);
    }
    if (kind === "failing") {
      failuresFrom ??= printed.length;
    }
    if (counted.passing > 0) {
      killLater();
    }
  });
  if (end !== "exit code 0" && end !== hung && counted.failing === 0) {
    counted.failing = 1;
    console.log(`npm run ${suite} ended with ${end}`);
    printed.push(`npm run ${suite} ended with ${end}`);
  }
  const minutes = (performance.now() - started) / 60_000;
  const failure = failuresFrom === undefined
    ? printed.slice(-repeatedLines)
    : printed.slice(failuresFrom, failuresFrom + repeatedLines);
  return { suite, ...counted, minutes, failure };
}

/** Returns how the script ended, in words. `onLine` may have it killed where it says nothing more and does not end. */
async function runScript(script, onLine) {
  // In a process group of its own, so that all of it can be ended: npm hands a signal on to its shell alone.
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  const endGroup = (signal) => process.kill(-child.pid, signal);
  let isHung = false;
  let killing;
  const killLater = () => {
    clearTimeout(killing);
    killing = setTimeout(() => {
      isHung = true;
      console.log(`npm run ${script} has its results, and Node.js does not end: killed`);
      endGroup("SIGKILL");
    }, endSeconds * 1_000);
  };
  const lines = createInterface({ input: child.stdout }).on("line", (line) => onLine(line, killLater));
  const limit = AbortSignal.timeout(longestMinutes * 60_000);
  const ending = AbortSignal.any([limit, stopped.signal]);
  const terminate = () => endGroup("SIGTERM");
  ending.addEventListener("abort", terminate, { once: true });
  const [[code, signal]] = await Promise.all([once(child, "exit"), once(lines, "close")]);
  ending.removeEventListener("abort", terminate);
  clearTimeout(killing);
  return isHung ? hung : limit.aborted ? `${signal} after ${longestMinutes} minutes` : signal ?? `exit code ${code}`;
}
