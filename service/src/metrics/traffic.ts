import type { FastifyInstance } from "fastify";

import { Latencies } from "./latencies.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Where requests of the route are counted; held here, so that counting one looks nothing up. */
    traffic?: RouteTraffic;
  }
}

/** The requests of one route since they were last written. */
export class RouteTraffic {
  /** By the exact status. */
  readonly statuses = new Map<number, number>();
  /** By the first digit of the status. */
  readonly classes = new Map<number, Latencies>();

  constructor(readonly route: string) {}

  record(status: number, milliseconds: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const digit = Math.trunc(status / 100);
    let latencies = this.classes.get(digit);
    if (latencies === undefined) {
      latencies = new Latencies();
      this.classes.set(digit, latencies);
    }
    latencies.record(milliseconds);
  }

  clear(): void {
    this.statuses.clear();
    this.classes.forEach((latencies) => latencies.clear());
  }
}

/** The requests the service has answered, by route. Health checks are none: they say nothing about clients. */
export class Traffic {
  /** Requests that no route is made for: unknown paths, and known ones with another method. */
  readonly unrouted = new RouteTraffic("none");
  readonly #routes = new Map<string, RouteTraffic>([[this.unrouted.route, this.unrouted]]);

  get routes(): RouteTraffic[] {
    return [...this.#routes.values()];
  }

  /** Gives every route that is added from now on a place to be counted at. */
  watch(app: FastifyInstance): void {
    app.addHook("onRoute", (route) => {
      // A route for several methods is one that refuses them, and their names are the sender's choice.
      if (typeof route.method === "string") {
        route.config = { ...route.config, traffic: this.#of(`${route.method === "HEAD" ? "GET" : route.method} ${route.url}`) };
      }
    });
  }

  clear(): void {
    this.#routes.forEach((route) => route.clear());
  }

  #of(label: string): RouteTraffic {
    const route = this.#routes.get(label) ?? new RouteTraffic(label);
    this.#routes.set(label, route);
    return route;
  }
}
