import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";

import type { Logger } from "pino";
import { Type, type Static } from "typebox";

import { ajv } from "./validation.ts";

/** The part that is read of version 4 of the endpoint that ECS gives every task. */
const Metadata = Type.Object({
  TaskARN: Type.String({ pattern: "^arn:[a-z-]+:ecs:[a-z0-9-]+:[0-9]{12}:task/.+$" }),
  Revision: Type.String({ pattern: "^[0-9]+$" }),
  /** Fargate knows it since platform 1.4. */
  AvailabilityZone: Type.Optional(Type.String()),
});

/** A task that waits longer starts later than it must, for the sake of its log only. */
const TIMEOUT_MILLISECONDS = 1_000;

interface Task {
  readonly taskId: string;
  /** Of the task definition, which says which image and which settings. */
  readonly revision: string;
  readonly zone?: string;
}

/** Puts on every line which task wrote it. `endpoint` is ECS_CONTAINER_METADATA_URI_V4, which ECS sets, nobody else. */
export async function nameTask(log: Logger, endpoint: string | undefined): Promise<void> {
  if (endpoint === undefined) {
    return;
  }
  try {
    log.setBindings(await readTask(`${endpoint}/task`));
  } catch (err) {
    log.warn({ err }, "the metadata of the task cannot be read, so no line names the task");
  }
}

async function readTask(url: string): Promise<Task> {
  const metadata = await fetchJson(url, AbortSignal.timeout(TIMEOUT_MILLISECONDS));
  if (!ajv.validate(Metadata, metadata)) {
    const { instancePath, message } = ajv.errors?.[0] ?? {};
    throw new Error(`${url} answers with the wrong form: ${instancePath || "the answer"} ${message}`);
  }
  const { TaskARN, Revision, AvailabilityZone } = metadata as Static<typeof Metadata>;
  return { taskId: TaskARN.slice(TaskARN.lastIndexOf("/") + 1), revision: Revision, zone: AvailabilityZone };
}

/** Not by `fetch`, which takes longer to load than the rest of this takes. */
async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const [response] = await once(get(url, { agent: false, signal }), "response") as [IncomingMessage];
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`it answers ${response.statusCode}`);
    }
    return await json(response);
  } catch (error) {
    const cause = signal.aborted ? `no answer within ${TIMEOUT_MILLISECONDS} ms` : (error as Error).message;
    throw new Error(`GET ${url} failed: ${cause}`, { cause: error });
  }
}
