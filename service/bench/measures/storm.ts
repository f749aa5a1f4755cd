import type { Context, VariantName } from "../context.ts";
import { judge, noise, range, whole, type Section } from "../report.ts";
import { measureRounds, measureSlice, type Outcome, type Sample } from "../rounds.ts";
import type { Figure } from "../statistics.ts";

const CONNECTIONS = 64;

type Step = "service created" | "service taken" | "demo created" | "demo taken";

interface StormSample extends Sample {
  /** Sessions that were opened to the database during the slice. */
  readonly sessions: number;
}

/** Somebody signs up with an address that is taken, again and again: it must cost no more than a sign-up that works. */
export async function measureStorm({ options, bed, requests, signal, resident, progress }: Context): Promise<Section[]> {
  const creating = requests.creating();
  const conflicting = requests.conflicting(bed.takenEmail);
  const slice = async (name: VariantName, next: () => Buffer, expected: number): Promise<StormSample> => {
    const server = await resident(name);
    const before = await bed.countSessions();
    const sample = await measureSlice(server, {
      connections: CONNECTIONS, seconds: options.seconds, next, signal, expected: [expected],
    });
    return { ...sample, sessions: await bed.countSessions() - before };
  };
  const steps: Record<Step, () => Promise<StormSample>> = {
    "service created": () => slice("service", creating, 201),
    "service taken": () => slice("service", conflicting, 409),
    "demo created": () => slice("demo", creating, 201),
    "demo taken": () => slice("demo", conflicting, 409),
  };
  for (const step of Object.values(steps)) {
    await step();
  }
  const outcome = await measureRounds(options.rounds, steps, (round) => progress(`409 storm: round ${round} of ${options.rounds}`));
  return [costs(bed.variants, outcome), sessions(bed.variants, outcome)];
}

type Names = Readonly<Record<"service" | "demo", { readonly name: string }>>;

function costs(names: Names, outcome: Outcome<Step, StormSample>): Section {
  const compare = (of: (sample: StormSample) => number, server: "service" | "demo"): Figure =>
    outcome.figure(`${server} taken`, of).over(outcome.figure(`${server} created`, of));
  return {
    title: `POST /v1/users with a taken address (${noise(outcome)})`,
    columns: ["server", "201 a second", "409 a second", "409 per CPU second, 201 = 1", "409 a second, 201 = 1"],
    rows: (["service", "demo"] as const).map((server) => {
      const byCpu = compare(({ cpuPerRequest }) => 1 / cpuPerRequest, server);
      const byRate = compare(({ perSecond }) => perSecond, server);
      const [created, taken] = (["created", "taken"] as const).map((step) =>
        whole(outcome.figure(`${server} ${step}`, ({ perSecond }) => perSecond)));
      return {
        cells: [names[server].name, created!, taken!, range(byCpu), range(byRate)],
        ...server === "service" && judge(Number.isNaN(byCpu.median) ? byRate : byCpu, { least: 1 }, outcome),
      };
    }),
  };
}

/** A session that is opened for each refused request is what makes such a storm an outage. */
function sessions(names: Names, outcome: Outcome<Step, StormSample>): Section {
  return {
    title: "Database sessions opened during a slice of 409",
    columns: ["server", "sessions"],
    rows: (["service", "demo"] as const).map((server) => {
      const opened = outcome.figure(`${server} taken`, (sample) => sample.sessions);
      const verdict = opened.most === 0 ? "met" : "missed";
      return { cells: [names[server].name, range(opened, 0)], ...server === "service" && { target: "0, always", verdict } };
    }),
  };
}
