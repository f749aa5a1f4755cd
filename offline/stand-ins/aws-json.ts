import * as crypto from "node:crypto";
import * as http from "node:http";
import { text } from "node:stream/consumers";

import { close, listen } from "./local-server";

/** One call of an AWS operation, as the service has seen it. Values of secrets are left out. */
export interface AwsCall {
  readonly at: Date;
  /** Access key id of the caller. */
  readonly caller: string;
  /** Service and operation as in the header X-Amz-Target, such as `secretsmanager.GetSecretValue`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Type of the error it was answered with. */
  readonly error?: string;
}

/** An error that AWS's SDKs turn into the exception of that name. */
export class AwsError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    readonly statusCode = 400,
  ) {
    super(message);
  }
}

/** Operations by their X-Amz-Target. Inputs are checked by the SDK of the caller, hence their types can be claimed. */
export type AwsOperations = Readonly<Record<string, (input: never, caller: string) => unknown>>;

/** A running part of AWS. */
export interface AwsService {
  /** For the endpoint variables of the SDKs, such as AWS_ENDPOINT_URL_ECS. */
  readonly url: string;
  readonly port: number;
  /** The latest calls, oldest first. */
  readonly calls: readonly AwsCall[];
  /** Calls an operation from inside of this process, recorded like any other call. */
  call<Output>(operation: string, input: object, caller: string): Promise<Output>;
  stop(): Promise<void>;
}

const keptCalls = 1_000;
const secretFields = ["SecretString", "SecretBinary"];

/** Serves operations over the JSON protocol of AWS, on this computer only. */
export async function startAwsJson(operations: AwsOperations, port?: number): Promise<AwsService> {
  const calls: AwsCall[] = [];
  const call = async <Output>(operation: string, input: object, caller: string): Promise<Output> => {
    try {
      const run = operations[operation];
      if (run === undefined) {
        throw new AwsError("UnknownOperationException", `the stand-in has no operation ${operation}`);
      }
      const output = await run(input as never, caller) as Output;
      record(calls, { at: new Date(), caller, operation, input: withoutSecrets(input) });
      return output;
    } catch (error) {
      record(calls, { at: new Date(), caller, operation, input: withoutSecrets(input), error: (error as Error).name });
      throw error;
    }
  };
  const server = http.createServer((request, response) => void answer(request, response, call));
  const actualPort = await listen(server, port);
  return { url: `http://127.0.0.1:${actualPort}`, port: actualPort, calls, call, stop: () => close(server) };
}

/** Access key id with which a request is signed. */
export function callerOf(request: http.IncomingMessage): string {
  const [, accessKeyId] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
  if (accessKeyId === undefined) {
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", {}, 403);
  }
  return accessKeyId;
}

async function answer(
  request: http.IncomingMessage, response: http.ServerResponse, call: AwsService["call"],
): Promise<void> {
  const requestId = crypto.randomUUID();
  const send = (statusCode: number, body: object): void => {
    response.writeHead(statusCode, { "Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": requestId });
    response.end(JSON.stringify(body));
  };
  try {
    const input = parse(await text(request));
    send(200, await call<object>(String(request.headers["x-amz-target"]), input, callerOf(request)));
  } catch (error) {
    const known = error instanceof AwsError ? error : new AwsError("InternalFailure", (error as Error).message, {}, 500);
    send(known.statusCode, { __type: known.name, message: known.message, ...known.details });
  }
}

function parse(body: string): object {
  try {
    return JSON.parse(body === "" ? "{}" : body) as object;
  } catch (error) {
    throw new AwsError("SerializationException", (error as Error).message);
  }
}

function record(calls: AwsCall[], call: AwsCall): void {
  calls.push(call);
  calls.splice(0, calls.length - keptCalls);
}

function withoutSecrets(input: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).map(([field, value]) => (
    [field, secretFields.includes(field) ? "(left out)" : value]
  )));
}
