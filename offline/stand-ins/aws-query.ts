import * as crypto from "node:crypto";
import * as http from "node:http";
import { text } from "node:stream/consumers";

import { AwsError, callerOf, type AwsCall } from "./aws-json";
import { close, listen } from "./local-server";

/** What an action returns: elements by their names, with a list of elements as `members`. */
export type Elements = { readonly [name: string]: string | number | boolean | Date | Elements | Members | undefined };

/** A list, in which each element has the name that the action's description gives it. */
export interface Members {
  readonly name: string;
  readonly of: readonly (string | Elements)[];
}

/** Actions by their names; parameters as they come, such as `TargetGroupArn` or `Names.member.1`. */
export type QueryActions = Readonly<Record<string, (input: QueryInput, caller: string) => Elements>>;

export type QueryInput = Readonly<Record<string, string>>;

/** A running part of AWS that speaks the older protocol. */
export interface AwsQueryService {
  /** For the endpoint variables of the SDKs, such as AWS_ENDPOINT_URL_RDS. */
  readonly url: string;
  /** Oldest first. */
  readonly calls: readonly AwsCall[];
  stop(): Promise<void>;
}

/** Serves actions over the query protocol of AWS, which answers in XML, on this computer only. */
export async function startAwsQuery(actions: QueryActions, port?: number): Promise<AwsQueryService> {
  const calls: AwsCall[] = [];
  const server = http.createServer((request, response) => void answer(actions, calls, request, response));
  const actualPort = await listen(server, port);
  return { url: `http://127.0.0.1:${actualPort}`, calls, stop: () => close(server) };
}

async function answer(
  actions: QueryActions, calls: AwsCall[], request: http.IncomingMessage, response: http.ServerResponse,
): Promise<void> {
  try {
    const { Action = "", Version, ...input } = Object.fromEntries(new URLSearchParams(await text(request)));
    const caller = callerOf(request);
    calls.push({ at: new Date(), caller, operation: Action, input });
    const run = actions[Action];
    if (run === undefined || Version === undefined) {
      throw new AwsError("InvalidAction", `the stand-in has no action ${Action}`);
    }
    send(response, 200, element(`${Action}Response`, element(`${Action}Result`, run(input, caller))
      + element("ResponseMetadata", { RequestId: crypto.randomUUID() })));
  } catch (error) {
    const { name, message, statusCode = 500 } = error as AwsError;
    send(response, statusCode, element("ErrorResponse", element("Error", { Type: "Sender", Code: name, Message: message })
      + element("RequestId", escape(crypto.randomUUID()))));
  }
}

function send(response: http.ServerResponse, statusCode: number, body: string): void {
  response.writeHead(statusCode, { "Content-Type": "text/xml" });
  response.end(body);
}

/** A string is XML already. */
function element(name: string, content: string | Elements): string {
  return `<${name}>${typeof content === "string" ? content : children(content)}</${name}>`;
}

function children(elements: Elements): string {
  return Object.entries(elements).map(([name, value]) => {
    if (value === undefined) {
      return "";
    }
    if (value instanceof Date) {
      return element(name, value.toISOString());
    }
    if (typeof value !== "object") {
      return element(name, escape(String(value)));
    }
    return isMembers(value)
      ? element(name, value.of.map((each) => element(value.name, typeof each === "string" ? escape(each) : each)).join(""))
      : element(name, value);
  }).join("");
}

function isMembers(value: Elements | Members): value is Members {
  return Array.isArray(value["of"]);
}

function escape(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
