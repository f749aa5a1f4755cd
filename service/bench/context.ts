import type { Bed } from "./bed.ts";
import type { Options } from "./options.ts";
import type { Requests } from "./requests.ts";
import type { Server } from "./server.ts";

export type VariantName = keyof Bed["variants"];

/** What every measure works with. */
export interface Context {
  readonly options: Options;
  readonly bed: Bed;
  readonly requests: Requests;
  readonly signal: AbortSignal;
  /** Starts one more process of a variant. */
  start(name: VariantName): Promise<Server>;
  /** The process of a variant that stays for the whole run. */
  resident(name: VariantName): Promise<Server>;
  /** Tells the person who waits. */
  progress(text: string): void;
}
