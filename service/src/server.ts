import { setTimeout as sleep } from "node:timers/promises";

import closeWithGrace from "close-with-grace";
import type { Logger } from "pino";

import { readServiceConfig, START_PATIENCE_SECONDS, STOP_RESERVE_SECONDS, type ServiceConfig } from "./config.ts";
import { createLog, messageOf } from "./log.ts";
import { createService, type Service } from "./service.ts";

try {
  const config = readServiceConfig(process.env);
  await run(config, createLog("accounts", config.LOG_LEVEL));
} catch (error) {
  createLog("accounts", "fatal").fatal(`the service does not start: ${messageOf(error)}`);
  process.exit(1);
}

async function run(config: ServiceConfig, log: Logger): Promise<void> {
  const service = await createService(config, log);
  const stopping = new AbortController();
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
