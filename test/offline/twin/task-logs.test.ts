import * as assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ContainerDefinition, Task } from "../../../offline/stand-ins/ecs-shapes";
import { lastLines, lineWriter } from "../../../offline/twin/task-logs";

const task = {} as Task;
const service = { name: "service" } as ContainerDefinition;
const metrics = JSON.stringify({ level: "info", _aws: { Timestamp: 0, CloudWatchMetrics: [] }, Requests: 0, msg: "metrics" });

describe("the logs of the twin's tasks", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "accounts-logs-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keep what is for CloudWatch's metrics out of what a person reads, in a file beside it", () => {
    const write = lineWriter(folder);
    write(task, service, "started");
    for (let minute = 0; minute < 20; minute += 1) {
      write(task, service, metrics);
    }
    write(task, service, JSON.stringify({ msg: "request", route: "\"_aws\":{" }));

    assert.deepEqual(lastLines(folder, "service"), [
      `last lines of ${join(folder, "service.log")}:`, "  started", "  {\"msg\":\"request\",\"route\":\"\\\"_aws\\\":{\"}",
    ]);
    assert.equal(readFileSync(join(folder, "service-metrics.log"), "utf8"), `${metrics}\n`.repeat(20));
  });

  it("begin anew with every run", () => {
    writeFileSync(join(folder, "service-metrics.log"), metrics);
    lineWriter(folder);

    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(lastLines(folder, "service"), [`they wrote nothing to ${join(folder, "service.log")}`]);
  });
});
