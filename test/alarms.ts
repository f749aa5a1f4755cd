import type { PlannedResource } from "../offline/record";
import type { Plan } from "../offline/render";
import { all, only } from "./plans";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** What an alarm looks at, and when it calls; whom it calls is the same for all. */
export function watched(plan: Plan, kind: string): Record<string, unknown> {
  const { inputs } = only(plan, alarmType, `monitoring-${kind}`);
  return Object.fromEntries(Object.entries(inputs).filter(([property]) => !/^(alarm|ok)Actions$/.test(property)));
}

/** The alarms that watch a stack, without those that watch a deployment. */
export function alarmsOf(plan: Plan): PlannedResource[] {
  return all(plan, alarmType).filter(({ name }) => name.startsWith("monitoring-"));
}

export function kindsOf(plan: Plan): string[] {
  return alarmsOf(plan).map(({ name }) => name.replace("monitoring-", ""));
}

/** The dimensions of each part's metrics: one that is wrong is a metric that never has data. */
export function dimensionsOf(plan: Plan) {
  const { loadBalancer, defaultTargetGroup } = only(plan, "awsx:lb:ApplicationLoadBalancer").state;
  const balancer = { LoadBalancer: loadBalancer.arnSuffix as string };
  return {
    balancer,
    targets: { ...balancer, TargetGroup: defaultTargetGroup.arnSuffix as string },
    tasks: {
      ClusterName: only(plan, "aws:ecs/cluster:Cluster").state["name"] as string,
      ServiceName: only(plan, "awsx:ecs:FargateService").state["service"].name as string,
    },
    instance: { DBInstanceIdentifier: only(plan, "aws:rds/instance:Instance").inputs["identifier"] as string },
  };
}

/** Of an alarm that must be so for as many periods in a row. */
export function inARow(periods: number) {
  return { evaluationPeriods: periods, datapointsToAlarm: periods };
}

/** The metrics of an alarm that computes its number from several. */
export function query(
  id: string, period: number, namespace: string, metricName: string, dimensions: object, stat: string,
) {
  return { id, metric: { namespace, metricName, dimensions, period, stat }, returnData: false };
}

interface Shown {
  readonly namespace: string;
  readonly name: string;
  /** What an alarm makes of it when there is none. */
  readonly silence?: string;
}

/** The metrics in alarms and on the dashboard that are not AWS's, as `<namespace> <name>`. */
export function ownMetrics(plan: Plan): { readonly metric: string; readonly silence?: string }[] {
  return [...drawn(plan), ...all(plan, alarmType).flatMap(({ inputs }) => watchedBy(inputs))]
    .filter(({ namespace }) => !/^(AWS|ECS)\//.test(namespace))
    .map(({ namespace, name, silence }) => ({ metric: `${namespace} ${name}`, silence }));
}

function drawn(plan: Plan): Shown[] {
  const { dashboardBody } = only(plan, "aws:cloudwatch/dashboard:Dashboard").inputs;
  const { widgets } = JSON.parse(dashboardBody) as { widgets: { properties: { metrics?: [string, string][] } }[] };
  return widgets.flatMap(({ properties: { metrics = [] } }) => metrics)
    .map(([namespace, name]) => ({ namespace, name }));
}

function watchedBy({ metricQueries, ...inputs }: PlannedResource["inputs"]): Shown[] {
  const queries = (metricQueries ?? [{ metric: inputs }]) as { metric?: { namespace: string; metricName: string } }[];
  return queries.flatMap(({ metric }) => metric === undefined ? [] : [{
    namespace: metric.namespace, name: metric.metricName, silence: inputs["treatMissingData"] as string,
  }]);
}
