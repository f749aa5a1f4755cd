import { setTimeout as sleep } from "node:timers/promises";

import {
  context, diag, DiagLogLevel, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace,
  type Context, type Span, type Tracer,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";

import { release } from "./release.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The request's span and what it continues; null for a request that is not traced. */
    trace: Context | null;
  }
}

/** What a stop waits for the last spans; a collector that hangs must not use up the time requests have to finish. */
const FLUSH_MILLISECONDS = 2_000;
/** A collector that is away fails every few seconds, which is worth one line in so long. */
const COMPLAINT_MILLISECONDS = 60_000;

/**
 * Spans of requests and of statements, sent over OTLP. This file and all of OpenTelemetry are loaded only when there is
 * an endpoint to send to. Endpoint, sampler, batches and attributes of the service are OpenTelemetry's own variables.
 */
export class Tracing {
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;

  constructor(log: Logger) {
    complainTo(log);
    this.#provider = new NodeTracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ "service.name": "accounts", "service.version": release.version }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.#provider.register();
    this.#tracer = this.#provider.getTracer("accounts", release.version);
  }

  /** Must come before all other hooks, which then run in the request's context. Fastify keeps it while a body comes. */
  traceRequests(app: FastifyInstance): void {
    app.decorateRequest("trace", null);
    app.addHook("onRequest", (request, _reply, done) => {
      const { url, config } = request.routeOptions;
      if (config.silent === true) {
        return done();
      }
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
      // The route and not the path, because a path or a query holds personal data.
      const span = this.#tracer.startSpan(url === undefined ? request.method : `${request.method} ${url}`, {
        kind: SpanKind.SERVER,
        attributes: { "http.request.method": request.method, "http.route": url, "url.scheme": request.protocol },
      }, parent);
      request.trace = trace.setSpan(parent, span);
      const { traceId, spanId } = span.spanContext();
      request.traceIds = { trace_id: traceId, span_id: spanId };
      (request.log as Logger).setBindings(request.traceIds);
      context.with(request.trace, done);
    });
    app.addHook("onResponse", (request, reply, done) => {
      const span = request.trace === null ? undefined : trace.getSpan(request.trace);
      span?.setAttribute("http.response.status_code", reply.statusCode);
      if (reply.statusCode >= 500) {
        span?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute("error.type", String(reply.statusCode));
      }
      span?.end();
      done();
    });
  }

  /** Makes a span of one attempt to run a statement. What belongs to no request is not traced. */
  readonly observe = <T>(statement: string, attempt: () => Promise<T>): Promise<T> => {
    if (trace.getActiveSpan() === undefined) {
      return attempt();
    }
    const attributes = { "db.system.name": "postgresql", "db.query.summary": statement };
    return this.#tracer.startActiveSpan(statement, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      try {
        return await attempt();
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
  };

  async stop(): Promise<void> {
    const flush = this.#provider.shutdown().catch((error: Error) => diag.error(error.message));
    await Promise.race([flush, sleep(FLUSH_MILLISECONDS, undefined, { ref: false })]);
    [trace, context, propagation, diag].forEach((api) => api.disable());
  }
}

/** Only the kind of error: messages of the database quote values. */
function fail(span: Span, error: unknown): void {
  const { code, name } = error as { code?: string; name?: string };
  span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute("error.type", code ?? name ?? "unknown");
}

function complainTo(log: Logger): void {
  let complainedAt = -Infinity;
  const complain = (message: string): void => {
    if (performance.now() - complainedAt >= COMPLAINT_MILLISECONDS) {
      complainedAt = performance.now();
      log.warn({ reason: message }, "tracing does not work as it should");
    }
  };
  const nothing = (): void => undefined;
  diag.setLogger({ error: complain, warn: complain, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
