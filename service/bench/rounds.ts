import { load, type Load, type Slice } from "./load.ts";
import { foreignShare, readTicks } from "./machine.ts";
import type { Server } from "./server.ts";
import { Figure, quantile } from "./statistics.ts";

/** What one variant showed in one slice. */
export interface Sample {
  readonly perSecond: number;
  /** Of the server process, with all its threads. */
  readonly cpuPerRequest: number;
  readonly p99Milliseconds: number;
  readonly memoryMiB: number;
}

export type SliceOptions = Pick<Load, "connections" | "seconds" | "next" | "rare" | "signal"> & {
  /** A slice with any other status counts for nothing. */
  readonly expected: readonly number[];
};

/** A server on a machine that others keep busy may refuse a request that waited too long; a broken one always does. */
const TRIES = 3;

/** Repeats a slice in which something went wrong, and says so. */
export async function measureSlice(server: Server, options: SliceOptions): Promise<Sample> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await trySlice(server, options);
    } catch (error) {
      if (!(error instanceof WrongAnswers) || tries === TRIES) {
        throw error;
      }
      process.stderr.write(`${error.message}; once more\n`);
    }
  }
}

class WrongAnswers extends Error {}

async function trySlice(server: Server, options: SliceOptions): Promise<Sample> {
  const before = server.cpuMicroseconds;
  const slice = await load({ ...options, port: server.port });
  const cpu = server.cpuMicroseconds - before;
  options.signal.throwIfAborted();
  requireStatuses(server, slice, options.expected);
  return {
    perSecond: slice.answers / slice.seconds,
    cpuPerRequest: cpu / slice.answers,
    p99Milliseconds: quantile(slice.latencies, 0.99),
    memoryMiB: server.memoryMiB,
  };
}

function requireStatuses(server: Server, { statuses, answers }: Slice, expected: readonly number[]): void {
  const wrong = [...statuses].filter(([status]) => !expected.includes(status));
  if (answers === 0 || wrong.length > 0) {
    const seen = wrong.map(([status, count]) => `${count} x ${status}`).join(", ") || "nothing";
    throw new WrongAnswers(`${server.variant.name} must answer with ${expected.join(" or ")} only, got ${seen}`);
  }
}

/** What was measured, by the name of the step, and how quiet it was meanwhile. */
export interface Outcome<Name extends string, Result> {
  figure(name: Name, of: (result: Result) => number): Figure;
  /** Median over all slices: the share of the machine's time that others took. */
  readonly foreign: number;
  readonly rounds: number;
}

/** Takes every step once a round, each round in another order, so that whatever drifts meets all of them alike. */
export async function measureRounds<Name extends string, Result>(
  count: number, steps: ReadonlyMap<Name, () => Promise<Result>>, onRound: (round: number) => void,
): Promise<Outcome<Name, Result>> {
  const results = new Map<Name, Result[]>();
  const foreign: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    onRound(round);
    for (const [name, step] of shuffled([...steps])) {
      const before = readTicks();
      const result = await step();
      foreign.push(foreignShare(before, readTicks()));
      results.set(name, [...results.get(name) ?? [], result]);
    }
  }
  return {
    figure: (name, of) => new Figure((results.get(name) ?? []).map(of)),
    foreign: new Figure(foreign).median,
    rounds: count,
  };
}

function shuffled<T>(values: readonly T[]): T[] {
  const placed = values.map((value) => ({ value, place: Math.random() }));
  return placed.sort((left, right) => left.place - right.place).map(({ value }) => value);
}
