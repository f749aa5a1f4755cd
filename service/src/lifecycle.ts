export type Phase = "starting" | "ready" | "draining";

/**
 * What the load balancer may know. `ready` is latched: once reached, a database that goes away does not take it back,
 * because ECS replaces a task whose health check fails, and a new task would not find the database either.
 */
export class Lifecycle {
  #phase: Phase = "starting";

  get phase(): Phase {
    return this.#phase;
  }

  becomeReady(): void {
    if (this.#phase === "starting") {
      this.#phase = "ready";
    }
  }

  drain(): void {
    this.#phase = "draining";
  }
}
