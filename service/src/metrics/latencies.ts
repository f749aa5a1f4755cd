/** CloudWatch takes at most this many different values of one metric from one line. */
const BUCKETS = 100;

/** From 0.1 ms, in steps of 14.2 %, the last bucket begins at 51 s, which is beyond every limit of a request. */
const SMALLEST_MILLISECONDS = 0.1;
const STEP = 1.142;
const perStep = 1 / Math.log(STEP);

/** A distribution in the form CloudWatch merges over tasks and reads percentiles from: values, each with its count. */
export interface Distribution {
  readonly Values: readonly number[];
  readonly Counts: readonly number[];
}

/**
 * How long requests took, in as many buckets as one line of metrics can hold. A bucket keeps its sum as well, so that
 * sum and average are exact, and a percentile is at most one step off.
 */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #sums = new Float64Array(BUCKETS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(milliseconds: number): void {
    const step = Math.floor(Math.log(milliseconds / SMALLEST_MILLISECONDS) * perStep);
    const bucket = Math.min(Math.max(step, 0), BUCKETS - 1);
    this.#counts[bucket]! += 1;
    this.#sums[bucket]! += milliseconds;
    this.#count += 1;
  }

  add(other: Latencies): void {
    other.#counts.forEach((count, bucket) => {
      this.#counts[bucket]! += count;
      this.#sums[bucket]! += other.#sums[bucket]!;
    });
    this.#count += other.#count;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#sums.fill(0);
    this.#count = 0;
  }

  get distribution(): Distribution {
    const used = [...this.#counts.keys()].filter((bucket) => this.#counts[bucket] !== 0);
    return {
      Values: used.map((bucket) => round(this.#sums[bucket]! / this.#counts[bucket]!)),
      Counts: used.map((bucket) => this.#counts[bucket]!),
    };
  }
}

/** To microseconds: more digits only make the line longer. */
function round(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}
