import type { Context, VariantName } from "../context.ts";
import { judge, noteOf, range, whole, type Section } from "../report.ts";
import { measureRounds, measureSlice, type Outcome, type Sample } from "../rounds.ts";
import type { Figure } from "../statistics.ts";

const CONNECTIONS = 64;
const servers = ["service", "demo"] as const;

type ServerName = typeof servers[number];
type Step = `${ServerName} ${"created" | "taken"}`;

interface StormSample extends Sample {
  /** Sessions that were opened to the database during the slice. */
  readonly sessions: number;
}

/** Somebody signs up with a taken address, again and again: that must cost no more than a sign-up that works. */
export async function measureStorm(context: Context): Promise<Section[]> {
  const { options, bed, requests, signal, resident, progress } = context;
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
  const steps = new Map<Step, () => Promise<StormSample>>(servers.flatMap((name) => [
    [`${name} created`, () => slice(name, creating, 201)],
    [`${name} taken`, () => slice(name, conflicting, 409)],
  ]));
  await fillPool(context);
  for (const step of steps.values()) {
    await step();
  }
  const announce = (round: number): void => progress(`taken addresses: round ${round} of ${options.rounds}`);
  const outcome = await measureRounds(options.rounds, steps, announce);
  return [costs(bed.variants, outcome), sessions(bed.variants, outcome)];
}

/** A pool opens its connections when it needs them: what is opened after this takes the place of another one. */
async function fillPool({ options: { seconds }, bed, requests, signal, resident }: Context): Promise<void> {
  const next = requests.listingAfter(bed.ids[0]!);
  await measureSlice(await resident("service"), { connections: CONNECTIONS, seconds, next, signal, expected: [200] });
}

type Names = Readonly<Record<ServerName, { readonly name: string }>>;

function costs(names: Names, outcome: Outcome<Step, StormSample>): Section {
  const compare = (of: (sample: StormSample) => number, server: ServerName): Figure =>
    outcome.figure(`${server} taken`, of).over(outcome.figure(`${server} created`, of));
  return {
    title: "POST /v1/users with a taken address",
    note: noteOf(outcome),
    columns: ["server", "201 a second", "409 a second", "409 per CPU second, 201 = 1", "409 a second, 201 = 1"],
    rows: servers.map((server) => {
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
    rows: servers.map((server) => {
      const opened = outcome.figure(`${server} taken`, (sample) => sample.sessions);
      const verdict = opened.most === 0 ? "met" : "missed";
      return { cells: [names[server].name, range(opened, 0)], ...server === "service" && { target: "0, always", verdict } };
    }),
  };
}
