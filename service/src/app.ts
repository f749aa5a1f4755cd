import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";

import type { ApiKeys } from "./api-keys.ts";
import { compileWhenNeeded } from "./compilers.ts";
import type { ServiceConfig } from "./config.ts";
import type { Database } from "./database/database.ts";
import { acceptJsonOnly } from "./json-body.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Traffic } from "./metrics/traffic.ts";
import { serveApiPage } from "./plugins/api-page.ts";
import { requireApiKey } from "./plugins/authentication.ts";
import { answerForNode } from "./plugins/bare-answers.ts";
import { answerClientError, noteEarlyAnswer, refuseTunnels } from "./plugins/connections.ts";
import { allowOrigins, originHeaders } from "./plugins/cors.ts";
import { answerErrors, sendProblem } from "./plugins/errors.ts";
import { shedLoad } from "./plugins/load-shedding.ts";
import { refuseOtherMethods } from "./plugins/method-not-allowed.ts";
import { limitPages, limitUnknownPaths, limitWrites } from "./plugins/rate-limits.ts";
import { requireReadiness } from "./plugins/readiness.ts";
import { requestRecorder, type RecordRequest } from "./plugins/request-log.ts";
import { setResponseHeaders } from "./plugins/response-headers.ts";
import { Problem } from "./problems.ts";
import { requestId } from "./request-id.ts";
import { documents } from "./routes/documents.ts";
import { patchUser } from "./routes/patch-user.ts";
import { service } from "./routes/service.ts";
import { users } from "./routes/users.ts";
import { DocumentEntry, User } from "./schemas.ts";
import type { Tracing } from "./tracing.ts";

export interface AppParts {
  readonly database: Database;
  readonly apiKeys: ApiKeys;
  readonly lifecycle: Lifecycle;
  readonly traffic: Traffic;
  readonly tracing: Tracing | undefined;
  readonly log: FastifyBaseLogger;
}

/** The largest document, and room for the JSON around it. */
const BODY_LIMIT_BYTES = 65_536;

/** Builds the server without listening, so that tests can `inject` requests. */
export async function buildApp(config: ServiceConfig, parts: AppParts): Promise<FastifyInstance> {
  const record = requestRecorder(parts.traffic, parts.log);
  const app = createServer(config, parts, record);
  parts.tracing?.traceRequests(app);
  parts.traffic.watch(app);
  app.decorateRequest("client", null);
  app.decorateRequest("traceIds", null);
  compileWhenNeeded(app);
  [Problem, User, DocumentEntry].forEach((schema) => app.addSchema(schema));

  acceptJsonOnly(app);
  answerErrors(app);
  app.addHook("onSend", (request, reply, payload, done) => {
    setResponseHeaders(request, reply, parts.lifecycle);
    done(null, payload);
  });
  app.addHook("onResponse", (request, reply, done) => {
    record(request, reply);
    noteEarlyAnswer(request);
    done();
  });
  answerForNode(app);
  refuseTunnels(app);
  const origins = originsOf(config);
  if (origins.length > 0) {
    await allowOrigins(app, origins);
  }
  await limitUnknownPaths(app);
  if (config.API_PAGE) {
    await serveApiPage(app);
  }
  const otherMethods = refuseOtherMethods(app);

  await app.register(service, parts);
  await app.register(async (api) => {
    api.addHook("onRoute", (route) => {
      route.schema = { ...route.schema, security: [{ apiKey: [] }] };
    });
    requireReadiness(api, parts.lifecycle);
    await shedLoad(api, parts.lifecycle, parts.log);
    requireApiKey(api, parts.apiKeys);
    limitWrites(api, config.WRITES_PER_MINUTE);
    limitPages(api, config.PAGES_PER_MINUTE);
    await api.register(users, parts);
    await api.register(patchUser, parts);
    await api.register(documents, parts);
  }, { prefix: "/v1" });
  otherMethods.finish();

  return app;
}

function createServer(config: ServiceConfig, { log, lifecycle }: AppParts, record: RecordRequest) {
  const origins = originsOf(config);
  const keepAlive = config.KEEP_ALIVE_TIMEOUT_SECONDS * 1_000;
  const requestTimeout = config.REQUEST_TIMEOUT_SECONDS * 1_000;
  return Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.TRUSTED_PROXY_CIDR,
    genReqId: requestId,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout,
    keepAliveTimeout: keepAlive,
    // The load balancer has given up before. A client that does not read its answer would keep it here for ever.
    connectionTimeout: keepAlive,
    http: {
      // `answerForNode` refuses such a request, in the form of every other error.
      requireHostHeader: false,
      // Node would take the first and drop the others. Joined, they are not one valid value, and are refused.
      joinDuplicateHeaders: true,
      headersTimeout: Math.min(10_000, requestTimeout),
      // Node looks for sockets over these limits only this often, every 30 s by default.
      connectionsCheckingInterval: Math.min(2_000, requestTimeout),
    },
    // While it closes, the service still answers what the load balancer had already sent.
    return503OnClosing: false,
    // Fastify runs no hooks for a path it cannot route.
    frameworkErrors: (error, request, reply) => {
      setResponseHeaders(request, reply, lifecycle);
      reply.headers(originHeaders(request, origins));
      reply.raw.once("finish", () => {
        record(request, reply);
        noteEarlyAnswer(request);
      });
      sendProblem(error, request, reply);
    },
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
}

function originsOf({ CORS_ORIGINS }: ServiceConfig): readonly string[] {
  return CORS_ORIGINS === "none" ? [] : CORS_ORIGINS.split(",");
}
