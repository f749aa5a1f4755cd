import type { Context, VariantName } from "../context.ts";
import { judge, noteOf, range, whole, type Section, type Target } from "../report.ts";
import { measureRounds, measureSlice, type Outcome, type Sample } from "../rounds.ts";

const CONNECTIONS = 64;
const TARGET: Target = { least: 1.15 };
const MEMORY_TARGET: Target = { most: 220 };

/** One kind of request, sent to some variants. */
interface Traffic {
  readonly title: string;
  readonly variants: readonly VariantName[];
  readonly next: () => Buffer;
  readonly expected: number;
}

export async function measureGet(context: Context): Promise<Section[]> {
  const traffic: Traffic = {
    title: "GET /v1/users/{id}",
    variants: ["floor", "pipelined", "demo", "service", "withoutLane", "traced"],
    next: context.requests.reading(context.bed.ids),
    expected: 200,
  };
  const outcome = await measure(context, traffic);
  return [throughput(context, traffic, outcome), memory(context, traffic, outcome)];
}

export async function measurePost(context: Context): Promise<Section[]> {
  const traffic: Traffic = {
    title: "POST /v1/users",
    variants: ["floor", "pipelined", "demo", "service", "withoutLane"],
    next: context.requests.creating(),
    expected: 201,
  };
  return [throughput(context, traffic, await measure(context, traffic))];
}

/** Every variant under full load, one at a time. */
async function measure(
  { options, signal, resident, progress }: Context, { title, variants, next, expected }: Traffic,
): Promise<Outcome<VariantName, Sample>> {
  const slice = async (name: VariantName): Promise<Sample> => measureSlice(await resident(name), {
    connections: CONNECTIONS, seconds: options.seconds, next, signal, expected: [expected],
  });
  // The first slice of each pays for the compiler and for the connections.
  for (const name of variants) {
    await slice(name);
  }
  const steps = new Map(variants.map((name) => [name, () => slice(name)]));
  return measureRounds(options.rounds, steps, (round) => progress(`${title}: round ${round} of ${options.rounds}`));
}

/** CPU time decides where it is known: it hardly depends on who else is on the machine, and it is what is paid for. */
function throughput({ bed }: Context, { title, variants }: Traffic, outcome: Outcome<VariantName, Sample>): Section {
  const cpu = (name: VariantName) => outcome.figure(name, ({ cpuPerRequest }) => cpuPerRequest);
  const rate = (name: VariantName) => outcome.figure(name, ({ perSecond }) => perSecond);
  return {
    title,
    note: noteOf(outcome),
    columns: ["server", "CPU µs a request", "requests per CPU second, floor = 1", "requests/s", "requests/s, floor = 1"],
    rows: variants.map((name) => {
      const byCpu = cpu("floor").over(cpu(name));
      const byRate = rate(name).over(rate("floor"));
      return {
        cells: [bed.variants[name].name, range(cpu(name), 1), range(byCpu), whole(rate(name)), range(byRate)],
        ...name === "service" && judge(Number.isNaN(byCpu.median) ? byRate : byCpu, TARGET, outcome),
      };
    }),
  };
}

function memory({ bed }: Context, { title, variants }: Traffic, outcome: Outcome<VariantName, Sample>): Section {
  return {
    title: `Memory after a slice of ${title}`,
    columns: ["server", "MiB"],
    rows: variants.map((name) => {
      const figure = outcome.figure(name, ({ memoryMiB }) => memoryMiB);
      return {
        cells: [bed.variants[name].name, range(figure, 0)],
        ...name === "service" && judge(figure, MEMORY_TARGET, outcome),
      };
    }),
  };
}
