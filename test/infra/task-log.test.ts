import * as assert from "node:assert/strict";

import { lastLines } from "../../infra/task-log";
import { startAwsHere, type AwsHere } from "../aws-here";
import { Clock } from "../clock";

const accountId = "123456789012";
const taskArn = `arn:aws:ecs:eu-west-1:${accountId}:task/app/0123`;
const group = "/app/migration";
const stream = "migration/migration/0123";

describe("lastLines", () => {
  const clock = new Clock();
  let aws: AwsHere;

  const last = () => lastLines({ region: "eu-west-1", logGroup: group, container: "migration" }, taskArn);
  const write = (...lines: string[]) => {
    aws.logs.createStream(group, stream);
    lines.forEach((line) => aws.logs.append(group, stream, line));
  };

  beforeEach(async () => {
    aws = await startAwsHere({ accountId, cluster: "app", taskDefinitions: [], logGroups: [group] });
    clock.start();
  });

  afterEach(async () => {
    clock.stop();
    await aws.stop();
  });

  it("are those of the task's stream, in the order they were written, and say where there are more", async () => {
    write("adds a column", "column is there");
    assert.deepEqual(await last(), [`last lines of ${group}, stream ${stream}:`, "  adds a column", "  column is there"]);
  });

  it("are the last fifty, because the reason stands at the end", async () => {
    write(...Array.from({ length: 60 }, (_, index) => `line ${index}`));
    const [, ...lines] = await last();
    assert.deepEqual(lines, Array.from({ length: 50 }, (_, index) => `  line ${index + 10}`));
  });

  it("are asked for again, because CloudWatch shows a line some seconds after it was written", async () => {
    const lines = last();
    while (aws.logs.calls.length < 2) {
      await new Promise(setImmediate);
    }
    write("late");
    assert.deepEqual((await lines).slice(1), ["  late"]);
  });

  it("are a note after five seconds without any, for a container that never ran", async () => {
    assert.deepEqual(await last(), [`no log lines in ${group}, stream ${stream}`]);
    assert.equal(aws.logs.calls.length, 5);
    assert.equal(clock.sleptMilliseconds, 5_000);
  });

  it("are a note when they cannot be read, because the task's own failure must stay visible", async () => {
    process.env["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = "http://127.0.0.1:1";
    const lines = await last();
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^its log lines in \/app\/migration could not be read: .*ECONNREFUSED/);
  });
});
