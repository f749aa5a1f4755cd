import type { Plan, Rendered, RenderOptions } from "../../offline/render";
import * as plans from "../plans";
import type { Request } from "../requests";
import * as environments from "./settings";

export * from "../plans";

/** The plan of a committed stack in the example's account, with the example's settings for dev and prod. */
export function planOf(stack: string, changes: plans.Changes = {}): Promise<Plan> {
  return plans.planOf(stack, { environments, ...changes });
}

/** What the program asks the engine for on the way to that plan. */
export function requestsOf(stack: string, changes: plans.Changes = {}): Promise<Request[]> {
  return plans.requestsOf(stack, { environments, ...changes });
}

/** The same, rendered anew, perhaps with something else that it finds there. */
export function renderExample(stack: string, options?: RenderOptions): Promise<Rendered> {
  return plans.renderExample(stack, options, { environments });
}
