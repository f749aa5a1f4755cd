import { setTimeout as sleep } from "node:timers/promises";

import type { Context, VariantName } from "../context.ts";
import { judge, noteOf, range, type Section, type Target } from "../report.ts";
import { measureRounds } from "../rounds.ts";

interface StartSample {
  readonly milliseconds: number;
  readonly memoryMiB: number;
}

const units: Readonly<Record<keyof StartSample, string>> = { milliseconds: "ms", memoryMiB: "MiB" };
/** Long enough for what a server still does right after its first answer. */
const SETTLE_MILLISECONDS = 300;

/** From the start of the process to its first answer out of the database, and what it holds in memory then. */
export async function measureStart({ options, bed, signal, start, progress }: Context): Promise<Section[]> {
  const variants = ["floor", "demo", "service", "traced"] as const satisfies VariantName[];
  const once = async (name: VariantName): Promise<StartSample> => {
    const server = await start(name);
    await sleep(SETTLE_MILLISECONDS, undefined, { signal });
    const { startMilliseconds: milliseconds, memoryMiB } = server;
    await server.stop();
    return { milliseconds, memoryMiB };
  };
  const steps = new Map(variants.map((name) => [name, () => once(name)]));
  const announce = (round: number): void => progress(`start: round ${round} of ${options.rounds}`);
  const outcome = await measureRounds(options.rounds, steps, announce);

  const section = (title: string, unit: keyof StartSample, target: Target): Section => ({
    title,
    note: noteOf(outcome),
    columns: ["server", units[unit], "floor = 1"],
    rows: variants.map((name) => {
      const figure = outcome.figure(name, (sample) => sample[unit]);
      const ratio = figure.over(outcome.figure("floor", (sample) => sample[unit]));
      return {
        cells: [bed.variants[name].name, range(figure, 0), range(ratio)],
        ...name === "service" && judge(ratio, target, outcome),
      };
    }),
  });
  return [
    section("Start, to the first answer out of the database", "milliseconds", { most: 1.9 }),
    section("Memory when idle", "memoryMiB", { most: 1.35 }),
  ];
}
