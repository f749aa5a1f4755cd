import type { AlarmSpec } from "./alarm";

/** An alarm, and what whoever is called has to know. */
export interface Watch extends Omit<AlarmSpec, "description" | "missingData"> {
  readonly says: string;
  /** What it means when the metric is silent, and why. */
  readonly silence: readonly [meaning: AlarmSpec["missingData"], reason: string];
  /** The heading of `docs/operations.md` under which stands what to do. */
  readonly runbook: string;
}

/** Once is enough: five minutes are long. */
export const fiveMinutes = { periodSeconds: 300, periods: 1 } as const;
/** What may be high for a while, and not for so long. */
export const quarterOfAnHour = { periodSeconds: 300, periods: 3 } as const;
/** Longer than it takes ECS to mend it. */
export const threeMinutes = { periodSeconds: 60, periods: 3 } as const;

/** With all of it in the description, because that is what is in the mail. */
export function alarmOf({ says, silence: [missingData, reason], runbook, ...spec }: Watch): AlarmSpec {
  return { ...spec, missingData, description: `${says}. Without data: ${reason}. ${whatToDo(runbook)}` };
}

export function whatToDo(heading: string): string {
  return `What to do: docs/operations.md, ${heading}`;
}
