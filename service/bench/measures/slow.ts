import type { Context, VariantName } from "../context.ts";
import { judge, noise, range, type Section } from "../report.ts";
import { measureRounds, measureSlice, type Sample } from "../rounds.ts";

const CONNECTIONS = 32;
const SLOW_SECONDS = 0.05;
const ONE_IN = 200;

type Step = `${"service" | "withoutLane"} ${"alone" | "disturbed"}`;

/** Some lists take long. Who reads one user by its key should not notice. */
export async function measureSlow({ options, bed, requests, signal, resident, progress }: Context): Promise<Section[]> {
  const middle = Math.floor(bed.ids.length / 2);
  const [previous, slow] = bed.ids.slice(middle - 1, middle + 1);
  const reading = requests.reading(bed.ids.filter((id) => id !== slow));
  const slice = async (name: VariantName, disturbed: boolean): Promise<Sample> => measureSlice(await resident(name), {
    connections: CONNECTIONS, seconds: options.seconds, next: reading, signal, expected: [200],
    ...disturbed && { rare: { next: requests.listingAfter(previous!), oneIn: ONE_IN } },
  });
  const steps: Record<Step, () => Promise<Sample>> = {
    "service alone": () => slice("service", false),
    "service disturbed": () => slice("service", true),
    "withoutLane alone": () => slice("withoutLane", false),
    "withoutLane disturbed": () => slice("withoutLane", true),
  };
  await bed.slowDown(slow!, SLOW_SECONDS);
  for (const step of Object.values(steps)) {
    await step();
  }
  const outcome = await measureRounds(options.rounds, steps, (round) => progress(`slow lists: round ${round} of ${options.rounds}`));
  await bed.speedUp();

  const p99 = (step: Step) => outcome.figure(step, ({ p99Milliseconds }) => p99Milliseconds);
  return [{
    title: `p99 of GET /v1/users/{id}, while one request in ${ONE_IN} is a list of ${1_000 * SLOW_SECONDS} ms (${noise(outcome)})`,
    columns: ["server", "p99 ms alone", "p99 ms beside slow lists", "ratio"],
    rows: (["service", "withoutLane"] as const).map((name) => {
      const [alone, disturbed] = [p99(`${name} alone`), p99(`${name} disturbed`)];
      const ratio = disturbed.over(alone);
      return {
        cells: [bed.variants[name].name, range(alone, 1), range(disturbed, 1), range(ratio)],
        ...name === "service" && judge(ratio, { most: 1.5 }, outcome),
      };
    }),
  }];
}
