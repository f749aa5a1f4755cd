import type { Context, VariantName } from "../context.ts";
import { judge, noteOf, range, type Section } from "../report.ts";
import { measureRounds, measureSlice, type Sample } from "../rounds.ts";

const CONNECTIONS = 32;
const SLOW_SECONDS = 0.05;
const ONE_IN = 200;

const servers = ["service", "withoutLane"] as const;
type Step = `${typeof servers[number]} ${"alone" | "disturbed"}`;

/** Some lists take long. Who reads one user by its key should not notice. */
export async function measureSlow({ options, bed, requests, signal, resident, progress }: Context): Promise<Section[]> {
  const middle = Math.floor(bed.ids.length / 2);
  const [previous, slow] = bed.ids.slice(middle - 1, middle + 1);
  const reading = requests.reading(bed.ids.filter((id) => id !== slow));
  const slice = async (name: VariantName, disturbed: boolean): Promise<Sample> => measureSlice(await resident(name), {
    connections: CONNECTIONS, seconds: options.seconds, next: reading, signal, expected: [200],
    ...disturbed && { rare: { next: requests.listingAfter(previous!), oneIn: ONE_IN } },
  });
  const steps = new Map<Step, () => Promise<Sample>>(servers.flatMap((name) => [
    [`${name} alone`, () => slice(name, false)],
    [`${name} disturbed`, () => slice(name, true)],
  ]));
  await bed.slowDown(slow!, SLOW_SECONDS);
  for (const step of steps.values()) {
    await step();
  }
  const announce = (round: number): void => progress(`slow lists: round ${round} of ${options.rounds}`);
  const outcome = await measureRounds(options.rounds, steps, announce);
  await bed.speedUp();

  const p99 = (step: Step) => outcome.figure(step, ({ p99Milliseconds }) => p99Milliseconds);
  return [{
    title: `GET /v1/users/{id}, while one request in ${ONE_IN} is a list that takes ${1_000 * SLOW_SECONDS} ms`,
    note: noteOf(outcome),
    columns: ["server", "p99 ms alone", "p99 ms beside slow lists", "ratio"],
    rows: servers.map((name) => {
      const [alone, disturbed] = [p99(`${name} alone`), p99(`${name} disturbed`)];
      const ratio = disturbed.over(alone);
      return {
        cells: [bed.variants[name].name, range(alone, 1), range(disturbed, 1), range(ratio)],
        ...name === "service" && judge(ratio, { most: 1.5 }, outcome),
      };
    }),
  }];
}
