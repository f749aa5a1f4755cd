import { parseArgs } from "node:util";

import { bounds, growthOf, soak, type Sample } from "./support/soak.ts";
import { Stage } from "./support/stage.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "2" } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  throw new Error(`--minutes must be a number above 0, got "${values.minutes}"`);
}

const MEBIBYTE = 2 ** 20;
const columns: [string, (sample: Sample) => string][] = [
  ["seconds", ({ seconds }) => seconds.toFixed(0)],
  ["requests", ({ requests }) => String(requests)],
  ["RSS MiB", ({ rss }) => (rss / MEBIBYTE).toFixed(1)],
  ["heap MiB", ({ heapUsed }) => (heapUsed / MEBIBYTE).toFixed(1)],
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
  const minutesBetween = (samples.at(-1)!.seconds - samples[0]!.seconds) / 60 / 2;
  return (Object.keys(bounds) as (keyof typeof bounds)[]).map((quantity) => {
    const growth = growthOf(samples, quantity);
    const good = growth <= bounds[quantity];
    const slope = Math.round(growth / minutesBetween);
    process.stdout.write(`${quantity}: ${growth} more, ${slope} a minute; at most ${bounds[quantity]}${good ? "" : ": TOO MUCH"}\n`);
    return good;
  }).every(Boolean);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(9)).join(" ")}\n`);
}
