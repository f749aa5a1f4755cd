import assert from "node:assert/strict";

import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Logger } from "pino";

import { readServiceConfig } from "../../src/config.ts";
import { createService, type Service } from "../../src/service.ts";
import type { Tracing } from "../../src/tracing.ts";
import { Contract } from "./contract.ts";
import { arns, silent, startEnvironment, type TestEnvironment } from "./environment.ts";

export const keys = {
  writer: "writer-key-writer-key-writer-key-writer-key",
  /** A client of its own, with the same rights. */
  otherWriter: "other-writer-key-other-writer-key-other-writer",
  reader: "reader-key-reader-key-reader-key-reader-key",
  nobody: "nobody-key-nobody-key-nobody-key-nobody-key",
};

export const apiKeysSecret = {
  clients: {
    writer: { scopes: ["read", "write"], current: keys.writer, previous: null },
    otherWriter: { scopes: ["read", "write"], current: keys.otherWriter, previous: null },
    reader: { scopes: ["read"], current: keys.reader, previous: null },
    nobody: { scopes: [], current: keys.nobody, previous: null },
  },
};

type RequestOptions = Omit<InjectOptions, "method" | "url"> & { readonly key?: string | null };

/** The whole service in this process, against a migrated database. */
export interface RunningService extends Service {
  readonly contract: Contract;
  /** Sends a request as the client `writer`, and holds the answer against the OpenAPI document. */
  request(line: `${NonNullable<InjectOptions["method"]>} /${string}`, options?: RequestOptions): Promise<LightMyRequestResponse>;
  stop(): Promise<void>;
}

export async function startService(
  environment: TestEnvironment, variables: Record<string, string> = {}, log: Logger = silent, tracing?: Tracing,
): Promise<RunningService> {
  await environment.putSecret(arns.apiKeys, apiKeysSecret);
  const service = await createService(readServiceConfig({ ...environment.variables, ...variables }), log, tracing);
  await service.app.ready();
  await service.prepare(0, new AbortController().signal);
  const contract = new Contract();
  return {
    ...service,
    contract,
    request: async (line, { key = keys.writer, headers, ...options } = {}) => {
      const [method, url] = line.split(" ") as [NonNullable<InjectOptions["method"]>, string];
      const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
      const response = await service.app.inject({ ...options, method, url, headers: { ...authorization, ...headers } });
      contract.check({ method, url }, response);
      return response;
    },
    stop: () => service.app.close(),
  };
}

/** What the tests of one `describe` share, made before the first of them and before the hooks that follow this call. */
export function shareService(
  variables: Record<string, string> = {}, log: Logger = silent,
): { readonly environment: TestEnvironment; readonly service: RunningService } {
  let environment: TestEnvironment | undefined;
  let service: RunningService | undefined;
  before(async () => {
    environment = await startEnvironment();
    await environment.migrate();
    service = await startService(environment, variables, log);
  });
  after(async () => {
    await service?.stop();
    await environment?.stop();
  });
  return { environment: later(() => environment), service: later(() => service) };
}

/** Stands for what is made later, so that tests can name it where they are described. */
function later<T extends object>(made: () => T | undefined): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      const it = made();
      assert.ok(it, `${String(name)} is there only while the tests run`);
      return Reflect.get(it, name) as unknown;
    },
  });
}
