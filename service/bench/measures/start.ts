import { setTimeout as sleep } from "node:timers/promises";

import type { Context, VariantName } from "../context.ts";
import { judge, noise, range, type Section, type Target } from "../report.ts";
import { measureRounds } from "../rounds.ts";

interface StartSample {
  readonly milliseconds: number;
  readonly memoryMiB: number;
}

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
  const steps = Object.fromEntries(variants.map((name) => [name, () => once(name)])) as
    Record<typeof variants[number], () => Promise<StartSample>>;
  const outcome = await measureRounds(options.rounds, steps, (round) => progress(`start: round ${round} of ${options.rounds}`));

  const section = (title: string, unit: string, of: (sample: StartSample) => number, target: Target): Section => ({
    title,
    columns: ["server", unit, "floor = 1"],
    rows: variants.map((name) => {
      const figure = outcome.figure(name, of);
      const ratio = figure.over(outcome.figure("floor", of));
      return {
        cells: [bed.variants[name].name, range(figure, 0), range(ratio)],
        ...name === "service" && judge(ratio, target, outcome),
      };
    }),
  });
  return [
    section(`Start, to the first answer out of the database (${noise(outcome)})`, "ms", ({ milliseconds }) => milliseconds, { most: 1.9 }),
    section("Memory when idle", "MiB", ({ memoryMiB }) => memoryMiB, { most: 1.35 }),
  ];
}
