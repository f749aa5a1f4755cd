import { readInstances } from "../environments/database-instances";
import type { KeptDatabase } from "../environments/settings";
import type { Config } from "../offline/stack-file";

/** How far a restore has got, by what the stack file says. */
export interface RestoreState {
  readonly generation: number;
  /** The instance beside it; undefined where no restore is under way. */
  readonly kept: KeptDatabase | undefined;
}

export function statesOf(config: Config): RestoreState {
  const { generation, kept } = readInstances({
    databaseGeneration: config["accounts:databaseGeneration"] ?? "1",
    databaseRestore: "",
    databaseKept: config["accounts:databaseKept"] ?? "",
  });
  if (generation === undefined || kept === undefined) {
    throw new Error("accounts:databaseGeneration or accounts:databaseKept of the stack file cannot be read: `pulumi preview` says why");
  }
  return { generation, kept: kept === "none" ? undefined : kept };
}

/** What to restore, written as the stack file has it. */
export function restorePoint(text: string): { readonly snapshot: string } | { readonly time: string } {
  const { restore } = readInstances({ databaseGeneration: "2", databaseRestore: text, databaseKept: "" });
  if (restore === undefined || restore === "none") {
    throw new Error(`"${text}" is no step of a restore, but must be snapshot:<identifier>, time:<such as 2026-01-31T09:30:00Z>, `
      + "time:latest, finish or back");
  }
  switch (restore.from) {
    case "snapshot":
      return { snapshot: restore.snapshot };
    case "time":
      return { time: restore.time };
    case "latest":
      return { time: "latest" };
  }
}
