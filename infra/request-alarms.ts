import type { MonitoringSettings } from "../environments/settings";
import type { Metric } from "./alarm";
import { balancerErrorShare, targetErrorShare } from "./error-share";
import type { LoadBalancer } from "./load-balancer";
import type { Metrics } from "./metrics";
import { fiveMinutes, quarterOfAnHour, type Watch } from "./watch";

/** What clients notice. */
export function requestAlarms(
  { targets }: Metrics, { dimensions }: LoadBalancer, settings: MonitoringSettings,
): Record<string, Watch> {
  const { serverErrorPercent, fewestRequests, latencyMilliseconds } = settings;
  const noTraffic = ["notBreaching", "nobody asks, so nobody is refused"] as const;
  return {
    "error-rate": {
      says: `More than ${serverErrorPercent} % of the requests were answered with 5xx by the tasks`,
      of: targetErrorShare(dimensions, fewestRequests),
      threshold: { above: serverErrorPercent },
      ...fiveMinutes,
      silence: noTraffic,
      runbook: "Requests fail",
    },
    "balancer-errors": {
      says: `More than ${serverErrorPercent} % of the requests were answered with 5xx by the load balancer itself: no healthy task, a closed connection or a time-out`,
      of: balancerErrorShare(dimensions, fewestRequests),
      threshold: { above: serverErrorPercent },
      ...fiveMinutes,
      silence: noTraffic,
      runbook: "Requests fail",
    },
    latency: {
      says: `The slowest of a hundred requests took longer than ${latencyMilliseconds} ms`,
      of: targets("TargetResponseTime", "p99"),
      threshold: { above: latencyMilliseconds / 1000 },
      ...quarterOfAnHour,
      silence: ["notBreaching", "nobody asks, so nobody waits"],
      runbook: "Requests are slow",
    },
  };
}

/** Days before it ends, at which ACM should have renewed it long ago. */
const certificateDays = 30;

export function certificateAlarm(certificateArn: Metric["dimensions"][string]): Record<string, Watch> {
  return {
    certificate: {
      says: `The certificate ends in less than ${certificateDays} days, and ACM has not renewed it`,
      of: {
        namespace: "AWS/CertificateManager",
        name: "DaysToExpiry",
        dimensions: { CertificateArn: certificateArn },
        statistic: "Minimum",
      },
      threshold: { below: certificateDays },
      periodSeconds: 86_400,
      periods: 1,
      silence: ["missing", "ACM reports twice a day, and a day without says nothing new"],
      runbook: "The certificate ends",
    },
  };
}
