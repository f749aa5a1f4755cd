import type { Distribution } from "./latencies.ts";

export interface Metric {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Seconds" | "Bytes" | "Percent";
  /** A list is as many values of their own, at most 100. */
  readonly value: number | readonly number[] | Distribution;
}

/** One line from which CloudWatch Logs makes metrics, without an agent: its "embedded metric format". */
export function emfDocument(
  namespace: string, minute: number, dimensions: Readonly<Record<string, string>>, metrics: readonly Metric[],
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: minute,
      CloudWatchMetrics: [{
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
      }],
    },
    ...dimensions,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
