import { setTimeout as sleep } from "node:timers/promises";

import { CloudWatchLogsClient, FilterLogEventsCommand, type FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";

import { from, readable, type Level } from "./log-line";
import { allPages } from "./pages";
import type { Session } from "./session";

export interface LogsArgs {
  readonly of: "service" | "migration";
  readonly sinceMilliseconds: number;
  /** This one and those above; lines that are no JSON come only without it. */
  readonly level?: Level;
  /** The id that an answer has in `x-request-id`. */
  readonly request?: string;
  /** Goes on until it is stopped. */
  readonly follow: boolean;
}

const pauseMilliseconds = 2_000;
/** CloudWatch shows lines some seconds after they were written, and not in their order. */
const lateMilliseconds = 30_000;

/** Shows what the tasks have written, a line each. */
export async function logs(session: Session, args: LogsArgs): Promise<void> {
  const shown = new Set<string>();
  let startTime = Date.now() - args.sinceMilliseconds;
  for (;;) {
    const events = await eventsFrom(session, args, startTime);
    for (const { eventId = "", timestamp = 0, logStreamName = "", message = "" } of events) {
      const line = shown.has(eventId) ? undefined : readable(message, taskOf(logStreamName), timestamp);
      shown.add(eventId);
      if (line !== undefined) {
        session.say(line);
      }
    }
    if (!args.follow) {
      return;
    }
    startTime = Math.max(startTime, (events.at(-1)?.timestamp ?? 0) - lateMilliseconds);
    await sleep(pauseMilliseconds);
  }
}

/** The last part of a stream's name is the task's id. */
function taskOf(stream: string): string {
  return stream.split("/").at(-1)?.slice(0, 8) ?? "";
}

async function eventsFrom(session: Session, args: LogsArgs, startTime: number): Promise<FilteredLogEvent[]> {
  const client = session.client(CloudWatchLogsClient);
  const logGroupName = session.names.logGroups[args.of];
  const events = await allPages(async (nextToken) => {
    const page = await client.send(new FilterLogEventsCommand({
      logGroupName, startTime, filterPattern: patternOf(args), nextToken,
    }));
    return { items: page.events, next: page.nextToken };
  });
  return events.toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}

/** CloudWatch looks through the lines itself: a busy service writes more than anybody wants to fetch. */
function patternOf({ level, request }: LogsArgs): string | undefined {
  const conditions = [
    ...level === undefined ? [] : [from(level).map((name) => `($.level = "${name}")`).join(" || ")],
    ...request === undefined ? [] : [`$.reqId = "${request}"`],
  ];
  return conditions.length === 0 ? undefined : `{ ${conditions.map((each) => `(${each})`).join(" && ")} }`;
}
