import { emfDocument, type Metric } from "./emf.ts";
import type { Gauges } from "./gauges.ts";
import { Latencies } from "./latencies.ts";
import type { RouteTraffic, Traffic } from "./traffic.ts";

/**
 * What has happened since the last time, as lines for CloudWatch, and begins anew.
 *
 * Every combination of dimensions is a metric of its own and costs as one, so the state of the service has none: it is
 * of all tasks together, and a line names its task without making a metric of it. Requests are split by route and by
 * the first digit of the status, and by nothing a client can invent; the exact statuses are in the line, for queries.
 */
export function takeLines(
  namespace: string, minute: number, traffic: Traffic, gauges: Gauges,
): Record<string, unknown>[] {
  const lines = [
    emfDocument(namespace, minute, {}, [...totals(traffic.routes), ...gauges.take()]),
    ...traffic.routes.flatMap((route) => linesOf(namespace, minute, route)),
  ];
  traffic.clear();
  return lines;
}

/** Counts are there when they are 0, because an alarm cannot tell "no errors" from "no line" otherwise. */
function totals(routes: readonly RouteTraffic[]): Metric[] {
  const all = new Latencies();
  const requests = new Map<number, number>();
  for (const [digit, latencies] of routes.flatMap(({ classes }) => [...classes])) {
    all.add(latencies);
    requests.set(digit, (requests.get(digit) ?? 0) + latencies.count);
  }
  return [
    { name: "Requests", unit: "Count", value: all.count },
    { name: "ClientErrors", unit: "Count", value: requests.get(4) ?? 0 },
    { name: "ServerErrors", unit: "Count", value: requests.get(5) ?? 0 },
    ...latency(all),
  ];
}

function linesOf(
  namespace: string, minute: number, { route, statuses, classes }: RouteTraffic,
): Record<string, unknown>[] {
  return [...classes].filter(([, { count }]) => count > 0).map(([digit, latencies]) => ({
    ...emfDocument(namespace, minute, { Route: route, Status: `${digit}xx` }, latency(latencies)),
    statuses: Object.fromEntries([...statuses].filter(([status]) => Math.trunc(status / 100) === digit)),
  }));
}

/** Says how many requests there were, too: CloudWatch's statistic SampleCount. */
function latency(latencies: Latencies): Metric[] {
  return latencies.count === 0 ? [] : [{ name: "Latency", unit: "Milliseconds", value: latencies.distribution }];
}
