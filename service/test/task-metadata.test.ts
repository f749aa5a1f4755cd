import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { freePort } from "../../offline/stand-ins/local-server.ts";
import { createLog } from "../src/log.ts";
import { nameTask } from "../src/task-metadata.ts";

/** As the endpoint of a task on Fargate answers, shortened by the parts that nobody reads here. */
const metadata = {
  Cluster: "arn:aws:ecs:eu-west-1:111111111111:cluster/accounts-dev",
  TaskARN: "arn:aws:ecs:eu-west-1:111111111111:task/accounts-dev/cd189a933e5849daa93386466019ab50",
  Family: "accounts-dev-service",
  Revision: "7",
  DesiredStatus: "RUNNING",
  AvailabilityZone: "eu-west-1b",
  LaunchType: "FARGATE",
};

describe("the name of the task in the log", () => {
  let server: Server | undefined;
  let lines: Record<string, unknown>[];

  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    server?.closeAllConnections();
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  });

  const endpoint = async (answer: RequestListener): Promise<string> => {
    server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v4/cd189a933e58-1234`;
  };
  const logAfter = async (url: string | undefined) => {
    const log = createLog("accounts", "info", { write: (line) => void lines.push(JSON.parse(line)) });
    await nameTask(log, url);
    log.info("started");
    return lines;
  };

  it("is on every line, with the revision and the zone, after one request", async () => {
    const paths: (string | undefined)[] = [];
    const url = await endpoint((request, response) => {
      paths.push(request.url);
      response.setHeader("content-type", "application/json").end(JSON.stringify(metadata));
    });

    const [{ taskId, revision, zone, msg }] = await logAfter(url) as [Record<string, unknown>];
    assert.deepEqual({ taskId, revision, zone, msg },
      { taskId: "cd189a933e5849daa93386466019ab50", revision: "7", zone: "eu-west-1b", msg: "started" });
    assert.deepEqual(paths, ["/v4/cd189a933e58-1234/task"]);
  });

  it("is there without the zone, which older platforms do not tell", async () => {
    const older = { ...metadata, AvailabilityZone: undefined };
    const url = await endpoint((_request, response) => response.end(JSON.stringify(older)));
    const [line] = await logAfter(url) as [Record<string, unknown>];

    assert.equal(line["taskId"], "cd189a933e5849daa93386466019ab50");
    assert.ok(!("zone" in line));
  });

  it("is not looked for outside of ECS, and nobody is warned", async () => {
    assert.deepEqual((await logAfter(undefined)).map(({ msg }) => msg), ["started"]);
  });

  for (const { what, reason, answer } of [
    {
      what: "fails",
      reason: "it answers 500",
      answer: (_request, response) => response.writeHead(500).end("{}"),
    },
    {
      what: "answers with something that is no JSON",
      reason: "Unexpected token '<', \"<html>\" is not valid JSON",
      answer: (_request, response) => response.end("<html>"),
    },
    {
      what: "answers with other JSON",
      reason: "answers with the wrong form: /TaskARN must match pattern",
      answer: (_request, response) => response.end(JSON.stringify({ ...metadata, TaskARN: "cd189a933e58" })),
    },
    {
      what: "does not answer",
      reason: "no answer within 1000 ms",
      answer: () => undefined,
    },
    {
      what: "does not finish its answer",
      reason: "no answer within 1000 ms",
      answer: (_request, response) => response.write("{"),
    },
    {
      what: "breaks off",
      reason: "socket hang up",
      answer: (request) => request.socket.destroy(),
    },
  ] satisfies { what: string; reason: string; answer: RequestListener }[]) {
    it(`is missing, with one line that says why after a second at most, when the endpoint ${what}`, async () => {
      const url = await endpoint(answer);
      const began = performance.now();
      const [warning, next, ...more] = await logAfter(url) as [Record<string, unknown>, Record<string, unknown>];

      assert.ok(performance.now() - began < 2_000);
      assert.deepEqual([warning["level"], warning["msg"]],
        ["warn", "the metadata of the task cannot be read, so no line names the task"]);
      const { message } = warning["err"] as Error;
      assert.ok(message.startsWith(`GET ${url}/task failed: `) || message.startsWith(`${url}/task answers`), message);
      assert.ok(message.includes(reason), message);
      assert.deepEqual([next["msg"], "taskId" in next, more], ["started", false, []]);
    });
  }

  it("is missing when nobody listens", async () => {
    const [warning] = await logAfter(`http://127.0.0.1:${await freePort()}/v4/x`) as [{ err: Error }];
    assert.match(warning.err.message, /ECONNREFUSED/);
  });
});
