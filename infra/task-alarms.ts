import type { Settings } from "../environments/settings";
import type { Metrics } from "./metrics";
import { fiveMinutes, quarterOfAnHour, threeMinutes, type Watch } from "./watch";

type Wanted = Pick<Settings, "monitoring" | "service">;

/** Whether there are enough tasks, and whether they are well. */
export function taskAlarms({ targets, tasks }: Metrics, settings: Wanted): Record<string, Watch> {
  const { service: { minTasks }, monitoring: { taskCpuPercent, taskMemoryPercent } } = settings;
  return {
    "unhealthy-tasks": {
      says: "A task fails its health check, and ECS did not mend it within three minutes",
      of: targets("UnHealthyHostCount", "Minimum"),
      threshold: { above: 0 },
      ...threeMinutes,
      silence: ["notBreaching", "too-few-tasks tells of tasks that are not there"],
      runbook: "Tasks are missing or unwell",
    },
    "too-few-tasks": {
      says: `Fewer than ${minTasks} tasks are healthy`,
      of: targets("HealthyHostCount", "Minimum"),
      threshold: { below: minTasks },
      ...threeMinutes,
      silence: ["breaching", "the load balancer has no task at all"],
      runbook: "Tasks are missing or unwell",
    },
    "task-cpu": {
      says: `The tasks use more than ${taskCpuPercent} % of their CPU, and scaling did not mend it`,
      of: tasks("CPUUtilization", "Average"),
      threshold: { above: taskCpuPercent },
      ...quarterOfAnHour,
      silence: ["breaching", "no task runs"],
      runbook: "Tasks are busy",
    },
    "task-memory": {
      says: `The tasks use more than ${taskMemoryPercent} % of their memory; ECS kills those that need all of it`,
      of: tasks("MemoryUtilization", "Average"),
      threshold: { above: taskMemoryPercent },
      ...quarterOfAnHour,
      silence: ["missing", "task-cpu tells that no task runs"],
      runbook: "Tasks are busy",
    },
  };
}

/** Also where autoscaling wants more than the least. */
export function insightsAlarms({ insights }: Metrics): Record<string, Watch> {
  return {
    "below-desired": {
      says: "Fewer tasks run than are wanted, for a quarter of an hour",
      of: {
        expression: "desired - running",
        label: "tasks that do not run",
        metrics: {
          desired: insights("DesiredTaskCount", "Average"),
          running: insights("RunningTaskCount", "Average"),
        },
      },
      threshold: { above: 0 },
      ...quarterOfAnHour,
      silence: ["breaching", "Container Insights counts as long as the service exists"],
      runbook: "Tasks are missing or unwell",
    },
  };
}

/** What the service says of itself, each minute and also when it is 0. */
export function serviceAlarms({ own }: Metrics, { monitoring: { serverErrors } }: Wanted): Record<string, Watch> {
  const otherwiseTold = ["notBreaching", "service-errors tells of a service that writes nothing"] as const;
  return {
    "service-errors": {
      says: `The service counted more than ${serverErrors} requests as failed by its own fault`,
      of: own("ServerErrors", "Sum"),
      threshold: { above: serverErrors },
      ...fiveMinutes,
      silence: ["breaching", "each task writes a line a minute, so none runs, or its lines are not read"],
      runbook: "Requests fail",
    },
    "secret-failures": {
      says: "Reading secrets from Secrets Manager fails; the service goes on with those it has",
      of: own("SecretFailures", "Sum"),
      threshold: { above: 0 },
      ...quarterOfAnHour,
      silence: otherwiseTold,
      runbook: "Secrets cannot be read",
    },
    "pool-waiting": {
      says: "Requests wait for a connection to the database, at one look in ten",
      of: own("PoolWaiting", "p90"),
      threshold: { above: 0 },
      ...quarterOfAnHour,
      silence: otherwiseTold,
      runbook: "Requests are slow",
    },
  };
}
