export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** The value that `share` of the sorted ones do not exceed. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A number that was taken once in each round. */
export class Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Median distance from the median, as a share of it: half of the rounds were nearer. */
  readonly spread: number;

  constructor(readonly rounds: readonly number[]) {
    this.median = median(rounds);
    this.least = Math.min(...rounds);
    this.most = Math.max(...rounds);
    this.spread = median(rounds.map((one) => Math.abs(one - this.median))) / this.median;
  }

  /** The quotient inside each round: what disturbed a whole round cancels out. */
  over(other: Figure): Figure {
    return new Figure(this.rounds.map((one, round) => one / (other.rounds[round] ?? Number.NaN)));
  }
}
