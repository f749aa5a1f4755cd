import { parseArgs } from "node:util";

import { buildService } from "../support/process.ts";
import { fuzz } from "./fuzz.ts";
import { missedAnswers, tableOf } from "./report.ts";
import { Target } from "./target.ts";

const { values } = parseArgs({
  options: { requests: { type: "string", default: "50000" }, seed: { type: "string", default: String(Date.now() % 1_000_000) } },
});
const [requests, seed] = [Number(values.requests), Number(values.seed)];
if (!Number.isSafeInteger(requests) || requests < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(`--requests and --seed must be whole numbers, got ${values.requests} and ${values.seed}\n`);
  process.exit(1);
}

process.stderr.write(`fuzzing with seed ${seed}\n`);
const build = await buildService();
const target = await Target.start(build).catch((error: unknown) => {
  build.remove();
  throw error;
});
try {
  const startedAt = performance.now();
  const summary = await fuzz(target, {
    requests,
    seed,
    shrinks: true,
    onProgress: (sent) => {
      process.stderr.write(`${sent} of ${requests} requests, ${Math.round((performance.now() - startedAt) / 1_000)} s\n`);
    },
  });
  // What was not reached says nothing when a failure ended the fuzz before.
  const faults = summary.failure === undefined
    ? missedAnswers(summary).map((answer) => `never seen: ${answer}`)
    : [summary.failure];
  process.stdout.write(`${tableOf(summary)}\n${faults.map((fault) => `\n${fault}`).join("")}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  const code = await target.stop();
  build.remove();
  if (code !== 0) {
    process.stdout.write(`the service ended with ${code}\n`);
    process.exitCode = 1;
  }
}
