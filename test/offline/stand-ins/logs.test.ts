import assert from "node:assert/strict";

import {
  CloudWatchLogs, type GetLogEventsCommandInput, type GetLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";

import { startLogs, type Logs } from "../../../offline/stand-ins/logs";
import { clientOf } from "./clients";

describe("startLogs", () => {
  let logs: Logs;
  let client: CloudWatchLogs;

  beforeEach(async () => {
    logs = await startLogs({ groups: ["/app/dev"] });
    client = new CloudWatchLogs(clientOf(logs.url));
    logs.createStream("/app/dev", "service/1");
  });

  afterEach(async () => {
    client.destroy();
    await logs.stop();
  });

  function get(input: Partial<GetLogEventsCommandInput> = {}): Promise<GetLogEventsCommandOutput> {
    return client.getLogEvents({ logGroupName: "/app/dev", logStreamName: "service/1", ...input });
  }

  const messages = ({ events }: GetLogEventsCommandOutput): unknown => events?.map(({ message }) => message);
  const append = (...lines: string[]): void => lines.forEach((line) => logs.append("/app/dev", "service/1", line));

  it("shows lines in their order, with their time", async () => {
    append("a", "b");
    const output = await get();
    assert.deepEqual(messages(output), ["a", "b"]);
    assert.ok(Math.abs(output.events![0]!.timestamp! - Date.now()) < 60_000);
  });

  it("finds a group by its ARN", async () => {
    append("a");
    const logGroupIdentifier = "arn:aws:logs:eu-west-1:123456789012:log-group:/app/dev";
    assert.deepEqual(messages(await get({ logGroupName: undefined, logGroupIdentifier })), ["a"]);
  });

  it("pages forward, and gives the same token at the end until there is more", async () => {
    append("a", "b", "c");
    const first = await get({ startFromHead: true, limit: 2 });
    assert.deepEqual(messages(first), ["a", "b"]);
    const second = await get({ nextToken: first.nextForwardToken, limit: 2 });
    assert.deepEqual(messages(second), ["c"]);
    const third = await get({ nextToken: second.nextForwardToken, limit: 2 });
    assert.deepEqual(messages(third), []);
    assert.equal(third.nextForwardToken, second.nextForwardToken);
    append("d");
    assert.deepEqual(messages(await get({ nextToken: third.nextForwardToken })), ["d"]);
  });

  it("begins with the latest lines and pages backward", async () => {
    append("a", "b", "c");
    const latest = await get({ limit: 2 });
    assert.deepEqual(messages(latest), ["b", "c"]);
    assert.deepEqual(messages(await get({ nextToken: latest.nextBackwardToken, limit: 2 })), ["a"]);
  });

  it("shows what lies between two times", async () => {
    append("a");
    const now = Date.now();
    assert.deepEqual(messages(await get({ startTime: now - 60_000, endTime: now + 60_000 })), ["a"]);
    assert.deepEqual(messages(await get({ startTime: now + 60_000 })), []);
    assert.deepEqual(messages(await get({ endTime: now - 60_000 })), []);
  });

  it("forgets the oldest lines without confusing a reader", async () => {
    append("first");
    const { nextForwardToken } = await get();
    append(...Array.from({ length: 10_001 }, (_, index) => String(index)));
    const next = await get({ nextToken: nextForwardToken, limit: 1 });
    assert.deepEqual(messages(next), ["1"]);
    assert.deepEqual(messages(await get({ nextToken: next.nextForwardToken, limit: 1 })), ["2"]);
  });

  it("knows only the groups that exist, and streams that were made", async () => {
    const noGroup = { name: "ResourceNotFoundException", message: "The specified log group does not exist." };
    const noStream = { name: "ResourceNotFoundException", message: "The specified log stream does not exist." };
    await assert.rejects(get({ logGroupName: "/app/other" }), noGroup);
    await assert.rejects(get({ logStreamName: "service/2" }), noStream);
    assert.throws(() => logs.createStream("/app/other", "service/1"), noGroup);
    assert.throws(() => logs.append("/app/dev", "service/2", "a"), noStream);
    logs.createStream("/app/other", "service/1", { createGroup: true });
    assert.deepEqual(messages(await get({ logGroupName: "/app/other" })), []);
  });

  it("keeps a stream that is made again", async () => {
    append("a");
    logs.createStream("/app/dev", "service/1");
    assert.deepEqual(messages(await get()), ["a"]);
  });

  it("refuses a token that it did not give", async () => {
    await assert.rejects(get({ nextToken: "x" }), { name: "InvalidParameterException" });
  });
});
