import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import type { RollbackSettings } from "../environments/settings";
import { alarm, type AlarmSpec, type Formula } from "./alarm";
import type { Alerts } from "./alerts";
import { balancerErrorShare, targetErrorShare } from "./error-share";
import type { LoadBalancer } from "./load-balancer";
import { whatToDo } from "./watch";

export interface RollbackAlarmsArgs extends RollbackSettings {
  readonly alerts: Alerts;
  readonly dimensions: LoadBalancer["dimensions"];
}

/** What takes a deployment back although its tasks are healthy. They are there before the service, which names them. */
export function rollbackAlarms(
  name: string, { alerts, dimensions, errorPercent, fewestRequests }: RollbackAlarmsArgs, parent: pulumi.Resource,
): aws.cloudwatch.MetricAlarm[] {
  const kinds: [kind: string, who: string, of: Formula][] = [
    ["target-errors", "Tasks", targetErrorShare(dimensions, fewestRequests)],
    ["balancer-errors", "The load balancer", balancerErrorShare(dimensions, fewestRequests)],
  ];
  return kinds.map(([kind, who, of]) => alarm(`${name}-${kind}`, spec(who, of, errorPercent), alerts, parent));
}

/** By the minute, because ECS ends no deployment before the alarms had the time to ring. */
function spec(who: string, of: Formula, errorPercent: number): AlarmSpec {
  return {
    description: `${who} answered more than ${errorPercent} % of requests with 5xx; a deployment under way is taken back. ` +
      whatToDo("Requests fail"),
    of,
    threshold: { above: errorPercent },
    periodSeconds: 60,
    periods: 3,
    ofThem: 2,
    // No requests, no metric: silence takes nothing back.
    missingData: "notBreaching",
  };
}
