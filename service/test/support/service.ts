import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Logger } from "pino";

import { readServiceConfig } from "../../src/config.ts";
import { createService, type Service } from "../../src/service.ts";
import type { Tracing } from "../../src/tracing.ts";
import { Contract } from "./contract.ts";
import { arns, silent, type TestEnvironment } from "./environment.ts";

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
