import type { StackConfig } from "./config";
import type { DatabaseInstances, DatabaseRestore, KeptDatabase } from "./settings";

/** The three keys of the database as they are written, `undefined` for what is not of a form that is known. */
export interface Written {
  readonly generation: number | undefined;
  readonly restore: DatabaseRestore | "none" | undefined;
  readonly kept: KeptDatabase | "none" | undefined;
}

/** Which instances the stack has; of keys that `checkStack` has found nothing wrong with. */
export function databaseInstances(config: StackConfig): DatabaseInstances {
  const { generation = 1, restore, kept } = readInstances(config);
  return {
    generation,
    restore: restore === "none" ? undefined : restore,
    kept: kept === "none" ? undefined : kept,
  };
}

export function readInstances(
  { databaseGeneration, databaseRestore, databaseKept }: Pick<StackConfig, "databaseGeneration" | "databaseKept" | "databaseRestore">,
): Written {
  return {
    generation: readGeneration(databaseGeneration),
    restore: databaseRestore === "" ? "none" : readRestore(databaseRestore),
    kept: databaseKept === "" ? "none" : readKept(databaseKept),
  };
}

function readGeneration(text: string): number | undefined {
  return /^[1-9]\d?$/.test(text) ? Number(text) : undefined;
}

/** The colon in a snapshot's name is of those that RDS takes by itself: `rds:accounts-prod-1-2026-01-31-02-05`. */
function readRestore(text: string): DatabaseRestore | undefined {
  const [, from, what = ""] = /^(snapshot|time):(.+)$/.exec(text) ?? [];
  if (from === "snapshot") {
    return /^(rds:)?[a-z](-?[a-z0-9])*$/i.test(what) && what.length <= 255 ? { from, snapshot: what } : undefined;
  }
  if (what === "latest") {
    return { from: "latest" };
  }
  return from === "time" && isMoment(what) ? { from, time: what } : undefined;
}

/** `Date` takes the 30th of February for the 2nd of March; written back it shows. */
function isMoment(text: string): boolean {
  const date = new Date(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)
    && !Number.isNaN(date.getTime()) && date.toISOString() === text.replace("Z", ".000Z");
}

function readKept(text: string): KeptDatabase | undefined {
  const [, generation = "", unprotected] = /^([1-9]\d?)( unprotected)?$/.exec(text) ?? [];
  return generation === "" ? undefined : { generation: Number(generation), protect: unprotected === undefined };
}
