import { AwsError, startAwsJson, type AwsService } from "./aws-json";
import { matcherOf } from "./filter-pattern";

/** What CloudWatch Logs starts with. */
export interface LogsArgs {
  /** Names of the log groups that exist; a stream in another one is refused, as AWS does. */
  readonly groups: readonly string[];
  readonly port?: number;
}

/** A running CloudWatch Logs. */
export interface Logs extends AwsService {
  /** Makes a stream in a group that exists; the driver awslogs may make the group with it. */
  createStream(group: string, stream: string, options?: { readonly createGroup: boolean }): void;
  /** Adds a line to a stream. */
  append(group: string, stream: string, message: string): void;
}

interface LogEvent {
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

interface Stream {
  events: LogEvent[];
  /** How many events were dropped before the first kept one; tokens count them too. */
  dropped: number;
}

interface GetLogEventsInput {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamName: string;
  readonly startFromHead?: boolean;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startTime?: number;
  readonly endTime?: number;
}

interface FilterLogEventsInput {
  readonly logGroupName: string;
  readonly startTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

const keptEvents = 10_000;
const mostEventsOfPage = 10_000;

/** Starts a CloudWatch Logs that keeps the latest lines of each stream in memory. */
export async function startLogs(args: LogsArgs): Promise<Logs> {
  const groups = new Map<string, Map<string, Stream>>(args.groups.map((group) => [group, new Map()]));
  const service = await startAwsJson({
    "Logs_20140328.GetLogEvents": (input: GetLogEventsInput) => getLogEvents(groups, input),
    "Logs_20140328.FilterLogEvents": (input: FilterLogEventsInput) => filterLogEvents(streamsOf(groups, input.logGroupName), input),
  }, args.port);
  return {
    ...service,
    createStream: (group, stream, options) => {
      if (options?.createGroup && !groups.has(group)) {
        groups.set(group, new Map());
      }
      const streams = streamsOf(groups, group);
      if (!streams.has(stream)) {
        streams.set(stream, { events: [], dropped: 0 });
      }
    },
    append: (group, stream, message) => append(streamOf(groups, group, stream), message),
  };
}

function append(stream: Stream, message: string): void {
  const now = Date.now();
  stream.events.push({ timestamp: now, ingestionTime: now, message });
  stream.dropped += stream.events.splice(0, stream.events.length - keptEvents).length;
}

function getLogEvents(groups: Map<string, Map<string, Stream>>, input: GetLogEventsInput): object {
  const group = input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:/, "") ?? "";
  const stream = streamOf(groups, group, input.logStreamName);
  const size = Math.min(input.limit ?? mostEventsOfPage, mostEventsOfPage);
  const [first, end] = pageOf(stream, input, size);
  const { startTime = 0, endTime = Infinity } = input;
  return {
    events: stream.events.slice(first - stream.dropped, end - stream.dropped)
      .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime),
    // Both tokens are always there; at the end of the stream the forward token is the one the caller has come with.
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${first}`,
  };
}

/** Of all streams of a group, in the order of their times; a page more may be empty, as AWS's may be. */
function filterLogEvents(streams: Map<string, Stream>, input: FilterLogEventsInput): object {
  const { startTime = 0, filterPattern, nextToken = "0", limit = mostEventsOfPage } = input;
  const matches = matcherOf(filterPattern);
  const found = [...streams].flatMap(([logStreamName, { events, dropped }]) => events.map((event, index) =>
    ({ ...event, logStreamName, eventId: `${logStreamName}#${dropped + index}` })))
    .filter(({ timestamp, message }) => timestamp >= startTime && matches(message))
    .toSorted((a, b) => a.timestamp - b.timestamp);
  const end = Number(nextToken) + limit;
  return {
    events: found.slice(Number(nextToken), end),
    searchedLogStreams: [],
    ...end <= found.length && { nextToken: String(end) },
  };
}

function pageOf(stream: Stream, input: GetLogEventsInput, size: number): [number, number] {
  const oldest = stream.dropped;
  const next = stream.dropped + stream.events.length;
  if (input.nextToken === undefined) {
    return input.startFromHead ? [oldest, Math.min(oldest + size, next)] : [Math.max(oldest, next - size), next];
  }
  const [, direction, position] = /^([fb])\/(\d+)$/.exec(input.nextToken) ?? [];
  if (direction === undefined) {
    throw new AwsError("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const at = Math.min(Math.max(Number(position), oldest), next);
  return direction === "f" ? [at, Math.min(at + size, next)] : [Math.max(oldest, at - size), at];
}

function streamsOf(groups: Map<string, Map<string, Stream>>, group: string): Map<string, Stream> {
  const streams = groups.get(group);
  if (streams === undefined) {
    throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  }
  return streams;
}

function streamOf(groups: Map<string, Map<string, Stream>>, group: string, name: string): Stream {
  const stream = streamsOf(groups, group).get(name);
  if (stream === undefined) {
    throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
  }
  return stream;
}
