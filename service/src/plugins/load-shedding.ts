import { getHeapStatistics } from "node:v8";

import underPressure from "@fastify/under-pressure";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";

import { Burst } from "../burst.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { ProblemError } from "../problems.ts";

/** What the process may come to before it refuses requests. */
export interface SheddingLimits {
  /**
   * Mean length of the event loop's turns. A health check takes up to two of them, and the load balancer waits 2 s for
   * it; some 6,000 requests at once on one vCPU make a turn of 500 ms. How busy the loop is would be the wrong
   * measure: 64 clients that wait for their answers keep it busy all the time, in turns of 5 ms.
   */
  readonly turnMilliseconds: number;
  /**
   * How often the mean is taken and begun anew. Within one pause there may be no turn to measure, which the plugin
   * takes for an endless one: with a shorter time than the limit, harmless pauses would refuse requests.
   */
  readonly sampleMilliseconds: number;
  /** V8 derives its limit from the container's memory, and ends the process when it is reached. */
  readonly heapBytes: number;
  /** A heap that stays full while nothing is let in does not get empty: the task has to be replaced. */
  readonly heapPatienceMilliseconds: number;
}

export const sheddingLimits: SheddingLimits = {
  turnMilliseconds: 500,
  sampleMilliseconds: 500,
  heapBytes: getHeapStatistics().heap_size_limit * 0.9,
  heapPatienceMilliseconds: 30_000,
};

/**
 * Refuses requests to the routes of `app` while the process cannot keep up, before anything is done for them. Routes
 * outside it are always served: a health check that is refused would have a busy task replaced, and its load moved to
 * the others.
 */
export async function shedLoad(
  app: FastifyInstance, lifecycle: Lifecycle, log: FastifyBaseLogger, limits: SheddingLimits = sheddingLimits,
): Promise<void> {
  const overload = new Burst(log, "no longer overloaded");
  let heapFullSince: number | undefined;
  let from = Infinity;

  await app.register(underPressure, {
    maxEventLoopDelay: limits.turnMilliseconds,
    sampleInterval: limits.sampleMilliseconds,
    maxHeapUsedBytes: limits.heapBytes,
    // The value has no end when the loop made no turn at all.
    pressureHandler: (_request, _reply, measure, value = Infinity) => {
      if (performance.now() < from) {
        return;
      }
      overload.refused(measure, () => {
        log.warn({ measure, value: Number.isFinite(value) ? Math.round(value) : "endless" }, "overloaded, refusing requests");
      });
      if (measure === underPressure.TYPE_HEAP_USED_BYTES) {
        heapFullSince ??= performance.now();
        if (performance.now() - heapFullSince > limits.heapPatienceMilliseconds && lifecycle.phase === "ready") {
          log.fatal({ heapUsedBytes: value, limit: limits.heapBytes }, "the heap stays full, no longer ready");
          lifecycle.drain();
        }
      }
      throw new ProblemError("overloaded");
    },
  });
  // The start is a long turn of its own; what was measured of it counts until the sample after it is complete.
  app.addHook("onReady", (done) => {
    from = performance.now() + 2 * limits.sampleMilliseconds;
    done();
  });
  app.addHook("onRequest", (_request, _reply, done) => {
    heapFullSince = undefined;
    done();
  });
  app.addHook("onClose", async () => overload.end());
}
