import assert from "node:assert/strict";

import { Ajv2020 } from "ajv/dist/2020.js";

import schema from "../data/embedded-metric-format.json" with { type: "json" };

/** A metric as CloudWatch would take it from a line. */
export interface ExtractedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** The beginning of the minute it is filed under. */
  readonly timestamp: number;
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Nearest rank, as CloudWatch has it for values with counts. */
  percentile(p: number): number;
}

interface Document {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

type Value = number | readonly number[] | { readonly Values: readonly number[]; readonly Counts: readonly number[] };

/** CloudWatch Logs takes no event that is longer. */
const mostBytes = 256 * 1024;

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(schema, "emf");
const [isDocument, isDimension, isValue] = ["emf", "emf#/$defs/dimension", "emf#/$defs/value"].map((ref) => ajv.compile({ $ref: ref }));

/** Reads a line of the log as CloudWatch Logs does; undefined when there is nothing in it for metrics. */
export function extractMetrics(line: string): ExtractedMetric[] | undefined {
  const members = JSON.parse(line) as Record<string, unknown>;
  if (!("_aws" in members)) {
    return undefined;
  }
  assert.ok(isDocument!(members), `${ajv.errorsText(isDocument!.errors)} in ${line}`);
  assert.ok(Buffer.byteLength(line) <= mostBytes);
  const { _aws: { Timestamp, CloudWatchMetrics } } = members as unknown as Document;
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => Metrics.map(({ Name, Unit }) => {
      names.forEach((name) => assert.ok(isDimension!(members[name]), `the dimension ${name} in ${line}`));
      assert.ok(isValue!(members[Name]), `${Name}: ${ajv.errorsText(isValue!.errors)} in ${line}`);
      return {
        namespace: Namespace,
        name: Name,
        unit: Unit,
        dimensions: Object.fromEntries(names.map((name) => [name, String(members[name])])),
        timestamp: Timestamp,
        ...statisticsOf(members[Name] as Value),
      };
    })));
}

function statisticsOf(value: Value) {
  const { Values, Counts } = typeof value === "object" && "Values" in value
    ? value
    : { Values: [value].flat(), Counts: [value].flat().map(() => 1) };
  assert.equal(Values.length, Counts.length);
  const all = Values.flatMap((one, at) => Array<number>(Counts[at]!).fill(one)).sort((left, right) => left - right);
  return {
    sampleCount: all.length,
    sum: all.reduce((sum, one) => sum + one, 0),
    minimum: all[0]!,
    maximum: all.at(-1)!,
    percentile: (p: number) => all[Math.max(0, Math.ceil(all.length * p / 100) - 1)]!,
  };
}
