import { checkDatabase } from "./check-database";
import { checkKeptData } from "./check-kept-data";
import { checkMonitoring } from "./check-monitoring";
import { checkNetwork, overlaps } from "./check-network";
import { checkHealth, checkScaling, checkSizes, checkTimeouts } from "./check-service";
import { checkStorage } from "./check-storage";
import type { Rule } from "./rule";
import type { Settings } from "./settings";

const checks = [
  checkNetwork, checkStorage, checkDatabase, checkSizes, checkScaling, checkHealth, checkTimeouts, checkMonitoring,
  checkKeptData,
];

/**
 * What AWS would refuse minutes into a `pulumi up`, or accept and then run badly, found before anything starts.
 * One line a problem, empty when all is well.
 */
export function checkEnvironments(environments: Readonly<Record<string, Settings>>): string[] {
  const problems: string[] = [];
  for (const [name, settings] of Object.entries(environments)) {
    const rule: Rule = (holds, field, value, allowed) => {
      if (!holds) {
        problems.push(`environments/${name}.ts: ${field} is ${String(value)}, but must be ${allowed}`);
      }
    };
    for (const check of checks) {
      check(settings, rule);
    }
  }
  return [...problems, ...overlaps(environments)];
}
