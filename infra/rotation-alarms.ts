import type * as pulumi from "@pulumi/pulumi";

import type { RotationSettings } from "../environments/settings";
import type { Metric } from "./alarm";
import type { Metrics } from "./metrics";
import { fiveMinutes, quarterOfAnHour, type Watch } from "./watch";

const runbook = "The password is not renewed";

/** Whether the renewal of the database's password begins when it is due, and whether anything comes of it. */
export function rotationAlarms(
  { own }: Metrics, groupName: pulumi.Output<string> | undefined, settings: RotationSettings,
): Record<string, Watch> {
  if (settings === "none" || groupName === undefined) {
    return {};
  }
  const { oldestPasswordDays } = settings;
  return {
    // What has begun and then fails is told of as an event.
    "rotation-start": {
      says: "The renewal of the database's password was due, and its task could not be started",
      of: {
        expression: "FILL(refused, 0) + FILL(dropped, 0)",
        label: "starts that failed",
        metrics: {
          refused: schedules("TargetErrorCount", groupName),
          dropped: schedules("InvocationDroppedCount", groupName),
        },
      },
      threshold: { above: 0 },
      ...fiveMinutes,
      silence: ["notBreaching", "nothing is due"],
      runbook,
    },
    "password-age": {
      says: `The password of the service's database role is older than ${oldestPasswordDays} days, and the schedule has not renewed it`,
      // Of all tasks the first one to know of another password.
      of: own("PasswordAge", "Minimum"),
      threshold: { above: oldestPasswordDays * 86_400 },
      ...quarterOfAnHour,
      silence: ["notBreaching", "service-errors tells of a service that writes nothing"],
      runbook,
    },
  };
}

function schedules(name: string, groupName: pulumi.Output<string>): Metric {
  return { namespace: "AWS/Scheduler", name, dimensions: { ScheduleGroup: groupName }, statistic: "Sum" };
}
