import type * as pulumi from "@pulumi/pulumi";

import { fiveMinutes, type Watch } from "./watch";

/** Whether what EventBridge is to tell reaches the topic: whoever hears nothing takes it for good news. */
export function eventAlarms(ruleNames: readonly pulumi.Output<string>[]): Record<string, Watch> {
  const metrics = Object.fromEntries(ruleNames.map((RuleName, index) => [`rule${index + 1}`, {
    namespace: "AWS/Events", name: "FailedInvocations", dimensions: { RuleName }, statistic: "Sum",
  } as const]));
  return {
    "events-lost": {
      says: "EventBridge could not tell of something that has happened",
      of: {
        expression: Object.keys(metrics).map((id) => `FILL(${id}, 0)`).join(" + "),
        label: "events that nobody was told of",
        metrics,
      },
      threshold: { above: 0 },
      ...fiveMinutes,
      silence: ["notBreaching", "EventBridge counts only what has failed"],
      runbook: "Events are lost",
    },
  };
}
