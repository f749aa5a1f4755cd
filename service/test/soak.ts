import { parseArgs } from "node:util";

import { growthsOf, soak, type Sample } from "./support/soak.ts";
import { Stage } from "./support/stage.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "2" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  throw new Error(`--minutes must be a number above 0, got "${values.minutes}"`);
}

const columns: [string, (sample: Sample) => string][] = [
  ["seconds", ({ seconds }) => seconds.toFixed(0)],
  ["requests", ({ requests }) => String(requests)],
  ["RSS MiB", ({ rssMiB }) => rssMiB.toFixed(1)],
  ["heap MiB", ({ heapMiB }) => heapMiB.toFixed(1)],
  ["handles", ({ handles }) => String(handles)],
  ["sessions", ({ sessions }) => String(sessions)],
];

const stage = await Stage.open();
try {
  print(columns.map(([title]) => title));
  const samples = await soak(stage, minutes * 60, (sample) => print(columns.map(([, cell]) => cell(sample))));
  process.exitCode = judge(samples) ? 0 : 1;
} finally {
  await stage.close();
}

/** Says what has grown after the warm-up, and whether all of it is within its bound. */
function judge(samples: readonly Sample[]): boolean {
  return growthsOf(samples).map(({ quantity, growth, perMinute, bound }) => {
    const verdict = growth <= bound ? "good" : "TOO MUCH";
    const text = (value: number): string => value.toFixed(1);
    process.stdout.write(`${quantity}: ${text(growth)} more, ${text(perMinute)} a minute, at most ${bound}: ${verdict}\n`);
    return growth <= bound;
  }).every(Boolean);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(9)).join(" ")}\n`);
}
