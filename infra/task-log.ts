import { setTimeout as sleep } from "node:timers/promises";

import { CloudWatchLogsClient, GetLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";

export interface TaskLog {
  readonly region: string;
  readonly logGroup: string;
  /** Prefix and middle of the stream's name, as `awslogs-stream-prefix` is set to the container's name. */
  readonly container: string;
}

const tries = 5;

/**
 * The last lines of a task, for the message of its failure; a note in their place where there are none. CloudWatch
 * shows lines some seconds after they were written, so an empty answer is asked for again.
 */
export async function lastLines({ region, logGroup, container }: TaskLog, taskArn: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient({ region });
  const stream = `${container}/${container}/${taskArn.split("/").at(-1)}`;
  for (let left = tries; left > 0; left -= 1) {
    try {
      const question = { logGroupName: logGroup, logStreamName: stream, limit: 50 };
      const { events = [] } = await logs.send(new GetLogEventsCommand(question));
      if (events.length > 0) {
        return [`last lines of ${logGroup}, stream ${stream}:`, ...events.map(({ message }) => `  ${message}`)];
      }
    } catch (error) {
      // A container that never ran has no stream; any other trouble must not hide the reason, which comes first.
      if (!(error instanceof ResourceNotFoundException)) {
        return [`its log lines in ${logGroup} could not be read: ${String(error)}`];
      }
    }
    await sleep(1_000);
  }
  return [`no log lines in ${logGroup}, stream ${stream}`];
}
