import type { Context, VariantName } from "../context.ts";
import { judge, noise, range, whole, type Section, type Target } from "../report.ts";
import { measureRounds, measureSlice, type Outcome, type Sample } from "../rounds.ts";

const CONNECTIONS = 64;
const UNDER_LOAD_MIB = 220;

interface Throughput {
  readonly title: string;
  readonly variants: readonly VariantName[];
  readonly next: () => Buffer;
  readonly expected: number;
  readonly target: Target;
}

export async function measureGet(context: Context): Promise<Section[]> {
  const variants: VariantName[] = ["floor", "pipelined", "demo", "service", "withoutLane", "traced"];
  const outcome = await measure(context, {
    variants, next: context.requests.reading(context.bed.ids), expected: 200, title: "GET /v1/users/{id}",
  });
  return [
    table(context, outcome, { title: "GET /v1/users/{id}", variants, target: { least: 1.15 } }),
    memoryUnderLoad(context, outcome, variants),
  ];
}

export async function measurePost(context: Context): Promise<Section[]> {
  const variants: VariantName[] = ["floor", "pipelined", "demo", "service", "withoutLane"];
  const outcome = await measure(context, {
    variants, next: context.requests.creating(), expected: 201, title: "POST /v1/users",
  });
  return [table(context, outcome, { title: "POST /v1/users", variants, target: { least: 1.15 } })];
}

/** Every variant under full load, one at a time. */
async function measure(
  { options, signal, resident, progress }: Context, { title, variants, next, expected }: Omit<Throughput, "target">,
): Promise<Outcome<VariantName, Sample>> {
  const slice = async (name: VariantName): Promise<Sample> => measureSlice(await resident(name), {
    connections: CONNECTIONS, seconds: options.seconds, next, signal, expected: [expected],
  });
  // The first slice of each pays for the compiler and for the connections.
  for (const name of variants) {
    await slice(name);
  }
  const steps = Object.fromEntries(variants.map((name) => [name, () => slice(name)])) as Record<VariantName, () => Promise<Sample>>;
  return measureRounds(options.rounds, steps, (round) => progress(`${title}: round ${round} of ${options.rounds}`));
}

/** CPU time decides where it is known: it hardly depends on who else is on the machine, and it is what is paid for. */
function table(
  { bed }: Context, outcome: Outcome<VariantName, Sample>, { title, variants, target }: Pick<Throughput, "title" | "variants" | "target">,
): Section {
  const [cpu, rate] = [(name: VariantName) => outcome.figure(name, ({ cpuPerRequest }) => cpuPerRequest),
    (name: VariantName) => outcome.figure(name, ({ perSecond }) => perSecond)];
  return {
    title: `${title} (${noise(outcome)})`,
    columns: ["server", "CPU µs a request", "requests per CPU second, floor = 1", "requests/s", "requests/s, floor = 1"],
    rows: variants.map((name) => {
      const [byCpu, byRate] = [cpu("floor").over(cpu(name)), rate(name).over(rate("floor"))];
      return {
        cells: [bed.variants[name].name, range(cpu(name), 1), range(byCpu), whole(rate(name)), range(byRate)],
        ...name === "service" && judge(Number.isNaN(byCpu.median) ? byRate : byCpu, target, outcome),
      };
    }),
  };
}

function memoryUnderLoad({ bed }: Context, outcome: Outcome<VariantName, Sample>, variants: readonly VariantName[]): Section {
  return {
    title: "Memory after a slice of GET",
    columns: ["server", "MiB"],
    rows: variants.map((name) => {
      const memory = outcome.figure(name, ({ memoryMiB }) => memoryMiB);
      return { cells: [bed.variants[name].name, range(memory, 0)], ...name === "service" && judge(memory, { most: UNDER_LOAD_MIB }, outcome) };
    }),
  };
}
