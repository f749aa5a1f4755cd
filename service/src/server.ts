import { setTimeout as sleep } from "node:timers/promises";

import closeWithGrace from "close-with-grace";
import type { Logger } from "pino";

import { readServiceConfig, START_PATIENCE_SECONDS, STOP_RESERVE_SECONDS, type ServiceConfig } from "./config.ts";
import { createLog, messageOf } from "./log.ts";
import { Gauges } from "./metrics/gauges.ts";
import { Report } from "./metrics/report.ts";
import { createService, type Service } from "./service.ts";
import { nameTask } from "./task-metadata.ts";
import type { Tracing } from "./tracing.ts";

let log = createLog("accounts", "fatal");
try {
  const config = readServiceConfig(process.env);
  log = createLog("accounts", config.LOG_LEVEL);
  await nameTask(log, process.env["ECS_CONTAINER_METADATA_URI_V4"]);
  await run(config, log);
} catch (error) {
  log.fatal(`the service does not start: ${messageOf(error)}`);
  process.exit(1);
}

async function run(config: ServiceConfig, log: Logger): Promise<void> {
  const service = await createService(config, log, await startTracing(log));
  const stopping = new AbortController();
  reportMetrics(service, config, log);
  stopOnSignal(service, config, log, stopping);

  // Listens first: the load balancer shall see a task that starts, not a refused connection.
  await service.app.listen({ host: config.HOST, port: config.PORT });
  await service.prepare(START_PATIENCE_SECONDS, stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) {
      throw error;
    }
  });
  if (!stopping.signal.aborted) {
    log.info({ phase: service.lifecycle.phase }, "started");
  }
}

/** OpenTelemetry takes longer to load than all the rest, so it is loaded only when it has somewhere to send to. */
async function startTracing(log: Logger): Promise<Tracing | undefined> {
  const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
  return endpoint === "" ? undefined : new (await import("./tracing.ts")).Tracing(log);
}

/** The last line is written whichever way the process ends by itself, so that nothing that was counted is lost. */
function reportMetrics(service: Service, config: ServiceConfig, log: Logger): void {
  const { app, traffic } = service;
  let openSockets = 0;
  app.server.on("connection", (socket) => {
    openSockets += 1;
    socket.once("close", () => {
      openSockets -= 1;
    });
  });
  const gauges = new Gauges({ ...service, openSockets: () => openSockets });
  const report = new Report({ namespace: config.METRICS_NAMESPACE, traffic, gauges, log });
  // Before the log, which takes no more lines after its own listener.
  process.prependOnceListener("exit", () => report.stop());
}

/**
 * ECS may send SIGTERM while the load balancer still routes here, so readiness fails first, then requests are served
 * until the balancer has noticed, then the server closes. A second signal ends the process at once.
 */
function stopOnSignal(service: Service, config: ServiceConfig, log: Logger, stopping: AbortController): void {
  const { app, lifecycle } = service;
  const deadline = (config.STOP_TIMEOUT_SECONDS - STOP_RESERVE_SECONDS) * 1_000;
  closeWithGrace({
    delay: deadline,
    logger: log,
    onSecondSignal: (signal) => log.error(`second ${signal}, exiting with requests in flight`),
    onTimeout: (delay) => log.error(`not closed after ${delay} ms, exiting with requests in flight`),
  }, async ({ signal, err }) => {
    const ready = lifecycle.phase === "ready";
    lifecycle.drain();
    stopping.abort();
    if (err !== undefined) {
      log.fatal({ err }, "unexpected error, stopping");
    } else if (ready) {
      log.info({ signal, seconds: config.DRAIN_SECONDS }, "draining");
      await sleep(config.DRAIN_SECONDS * 1_000);
    }
    await app.close();
    log.info("closed");
  });
}
