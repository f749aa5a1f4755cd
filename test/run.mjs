import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

/** Everything `npm test` holds, in the order in which a mistake is found soonest. */
const suites = ["types", "lint", "test:program", "test:service", "test:image", "test:engine", "test:rehearsal"];

const totals = { passing: 0, failing: 0, pending: 0 };

for (const suite of suites) {
  console.log(`\n=== npm run ${suite}`);
  const before = totals.failing;
  const code = await run(suite);
  if (code !== 0 && totals.failing === before) {
    // Types, lint, or a suite that broke down before it could count.
    totals.failing += 1;
    console.log(`npm run ${suite} ended with exit code ${code}`);
  }
}

console.log(`\n${totals.passing} passed, ${totals.failing} failed, ${totals.pending} skipped`);
process.exitCode = totals.failing === 0 ? 0 : 1;

/** Runs a script of package.json, shows what it prints, and adds up mocha's own closing lines. */
async function run(script) {
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    console.log(line);
    const [, count, kind] = /^\s+(\d+) (passing|failing|pending)\b/.exec(stripVTControlCharacters(line)) ?? [];
    if (kind !== undefined) {
      totals[kind] += Number(count);
    }
  });
  const [code] = await once(child, "close");
  return code;
}
