import { setTimeout as pause } from "node:timers/promises";

import { deploySessionSeconds } from "../names";
import { observe, type Observed } from "../pulumi/event-log";
import { locked } from "../pulumi/update-failure";
import type { Change } from "../report/changes";
import { unexpectedChanges } from "../report/comments";
import { stackReference } from "../target";
import { isRecorded, recordHistory } from "./record";

/** Longer than AWS answers with old values after a change, or needs for what it changes by itself. */
const usualPauseSeconds = 300;

/** A job has 30 minutes, and each look takes some of them. */
const longestPauseSeconds = 900;

/** How long to wait before the second look: `DRIFT_PAUSE_SECONDS`, or as long as is usual. */
export function pauseSeconds({ DRIFT_PAUSE_SECONDS: given }: NodeJS.ProcessEnv): number {
  const seconds = Number(given ?? usualPauseSeconds);
  if (given === "" || !Number.isInteger(seconds) || seconds < 0 || seconds > longestPauseSeconds) {
    throw new Error(`DRIFT_PAUSE_SECONDS is "${given}", but must be 0 to ${longestPauseSeconds} seconds`);
  }
  return seconds;
}

/**
 * What AWS has otherwise than Pulumi has left it. What is found is looked for once more, and what only one look has
 * seen is left out: AWS was just changing. Nobody can look while an update is under way.
 */
export async function lookTwice(stack: string, seconds: number): Promise<Observed | "under way"> {
  const first = await look(stack);
  if (first === "under way" || first.code !== unexpectedChanges) {
    return first;
  }
  process.stderr.write(`something differs; looking again in ${seconds} s, since AWS may just be changing\n`);
  await pause(seconds * 1000);
  const second = await look(stack);
  return second === "under way" ? second : { ...second, changes: inBoth(first.changes, second.changes) };
}

async function look(stack: string): Promise<Observed | "under way"> {
  if (isRecorded(stack) && await isBeingDeployed(stack)) {
    return "under way";
  }
  const observed = await observe(["refresh", "--preview-only", "--expect-no-changes", "--stack", stackReference(stack)]);
  const said = [observed.stderr, ...observed.errors.map(({ text }) => text)];
  return observed.code !== 0 && said.some((text) => locked.test(text)) ? "under way" : observed;
}

/** One that was ended from outside says so for ever; none is longer under way than AWS lets it. */
async function isBeingDeployed(stack: string): Promise<boolean> {
  const [latest] = await recordHistory(stack);
  return latest?.result === "deploying" && Date.now() - latest.at.getTime() < deploySessionSeconds * 1000;
}

/** What the second look says of what the first one has seen, too, whatever the values are by now. */
export function inBoth(first: readonly Change[], second: readonly Change[]): Change[] {
  return second.flatMap((change) => {
    const before = first.find(({ urn, operation }) => urn === change.urn && operation === change.operation);
    const seen = new Set(before?.properties.map(({ path }) => path));
    const properties = change.properties.filter(({ path }) => seen.has(path));
    const isSame = before !== undefined && (properties.length > 0 || change.properties.length === 0);
    return isSame ? [{ ...change, properties }] : [];
  });
}
