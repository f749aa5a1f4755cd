import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import type { Alerts } from "./alerts";

/** One number a period, of one metric. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "SampleCount" | "Sum" | `p${number}`;
}

/** One number a period, of several: `100 * errors / requests`, with the metrics by those names. */
export interface Formula {
  readonly expression: string;
  /** What the number is called on the alarm's page. */
  readonly label: string;
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** What differs from alarm to alarm. */
export interface AlarmSpec {
  /** For whoever is called: what is the matter. */
  readonly description: string;
  readonly of: Metric | Formula;
  readonly threshold: { readonly above: number } | { readonly below: number };
  readonly periodSeconds: number;
  readonly periods: number;
  /** Of those, so many are beyond the threshold; all of them if not given. */
  readonly ofThem?: number;
  /** What silence of the metric means; there is no answer that is right for all of them. */
  readonly missingData: "breaching" | "ignore" | "missing" | "notBreaching";
}

/** An alarm that calls somebody, and tells them when it is over. */
export function alarm(
  name: string, spec: AlarmSpec, alerts: Alerts, parent: pulumi.Resource,
): aws.cloudwatch.MetricAlarm {
  const { threshold, of, periodSeconds } = spec;
  return new aws.cloudwatch.MetricAlarm(name, {
    alarmDescription: spec.description,
    ..."expression" in of ? formulaArgs(of, periodSeconds) : metricArgs(of, periodSeconds),
    ..."above" in threshold
      ? { comparisonOperator: "GreaterThanThreshold", threshold: threshold.above }
      : { comparisonOperator: "LessThanThreshold", threshold: threshold.below },
    evaluationPeriods: spec.periods,
    datapointsToAlarm: spec.ofThem ?? spec.periods,
    treatMissingData: spec.missingData,
    alarmActions: [alerts.topicArn],
    okActions: [alerts.topicArn],
  }, { parent });
}

function metricArgs({ namespace, name, dimensions, statistic }: Metric, period: number) {
  return {
    namespace,
    metricName: name,
    dimensions,
    period,
    ...isPercentile(statistic)
      // Of ten requests the slowest is no percentile.
      ? { extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "ignore" }
      : { statistic },
  };
}

/** CloudWatch takes namespace and period of each metric then, and none of the alarm. */
function formulaArgs({ expression, label, metrics }: Formula, period: number) {
  return {
    metricQueries: [
      { id: "formula", expression, label, returnData: true },
      ...Object.entries(metrics).map(([id, { namespace, name, dimensions, statistic }]) => ({
        id,
        metric: { namespace, metricName: name, dimensions, period, stat: statistic },
        returnData: false,
      })),
    ],
  };
}

function isPercentile(statistic: Metric["statistic"]): boolean {
  return /^p\d/.test(statistic);
}
