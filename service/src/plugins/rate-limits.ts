import { finished } from "node:stream";

import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify";

import { ProblemError } from "../problems.ts";
import { Turns } from "../turns.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route answers with many rows at once, which costs as much as dozens of other reads. */
    page?: true;
  }
}

/** Of one address, to paths that do not exist: more than mistyped links, less than a search for open doors. */
export const UNKNOWN_PATHS_PER_MINUTE = 60;

/** Clients or addresses a limit counts; beyond, it forgets the one that was quiet for longest. */
export const COUNTED_AT_ONCE = 5_000;

/**
 * Pages that are made and sent at the same time for one client, on one task. A page of the largest users is 0.9 MB, and
 * several times as much while it is made; a client that asks for hundreds together would take the task's memory.
 */
export const PAGES_AT_ONCE = 4;

/** How long a page waits for its turn: as long as a statement waits for a connection. */
const TURN_PATIENCE_MILLISECONDS = 1_000;

const common = { timeWindow: 60_000, cache: COUNTED_AT_ONCE };
const writes: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/** Counts on this task only. What a whole fleet must hold against belongs in front of the load balancer. */
export async function limitUnknownPaths(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { max, ttl }) => new ProblemError("rate-limited", {
      detail: `${max} a minute are allowed here; the next one in ${Math.ceil(ttl / 1_000)} s`,
    }),
  });
  // An address of IPv6 counts with its whole /64, which is the least that one customer has.
  const limit = app.rateLimit({ ...common, max: UNKNOWN_PATHS_PER_MINUTE }) as onRequestAsyncHookHandler;
  app.addHook("onRequest", (request, reply, done) => {
    // A client that has gone has no address any more, and nothing that could be refused to it.
    const { remoteAddress } = request.socket;
    if (request.is404 && remoteAddress !== undefined) {
      limit.call(app, request, reply).then(() => done(), done);
    } else {
      done();
    }
  });
}

/**
 * Counts each client's writes on all routes of `app` together, refused and repeated ones as well. Call it after
 * `requireApiKey`: who the client is comes from its key, which nobody else can send, and not from its address.
 */
export function limitWrites(app: FastifyInstance, perMinute: number): void {
  const limit = limitByClient(app, perMinute);
  app.addHook("onRoute", (route) => {
    if ([route.method].flat().some((method) => writes.includes(method))) {
      // A route's own hooks run after those of `app`, and before the body is read.
      route.onRequest = [route.onRequest ?? [], limit].flat();
    }
  });
}

/** Counts each client's pages like its writes, and makes only a few of them at the same time. */
export function limitPages(app: FastifyInstance, perMinute: number): void {
  const limit = limitByClient(app, perMinute);
  const turns = new Turns(PAGES_AT_ONCE, TURN_PATIENCE_MILLISECONDS);

  async function takeTurn({ client }: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { name } = client!;
    if (!await turns.take(name)) {
      reply.header("retry-after", TURN_PATIENCE_MILLISECONDS / 1_000);
      throw new ProblemError("rate-limited", {
        detail: `${PAGES_AT_ONCE} pages are made for a client at the same time: wait for one before asking for another`,
      });
    }
    // Also when the client has gone meanwhile, which was before there was anything to listen to.
    finished(reply.raw, () => turns.end(name));
  }
  app.addHook("onRoute", (route) => {
    if (route.config?.page) {
      route.onRequest = [route.onRequest ?? [], limit, takeTurn].flat();
    }
  });
}

function limitByClient(app: FastifyInstance, perMinute: number): onRequestAsyncHookHandler {
  return app.rateLimit({
    ...common,
    max: perMinute,
    keyGenerator: ({ client }: FastifyRequest) => client!.name,
  }) as onRequestAsyncHookHandler;
}
