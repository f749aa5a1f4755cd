import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";

import { startEcs, type Ecs } from "../../../offline/stand-ins/ecs";
import type { ServiceArgs } from "../../../offline/stand-ins/ecs-service";
import type { Task } from "../../../offline/stand-ins/ecs-shapes";
import { startLogs, type Logs } from "../../../offline/stand-ins/logs";
import { recordOf } from "../../../offline/stand-ins/processes";

const polite = `process.on("SIGTERM", () => { console.log("SIGTERM"); process.exit(0); });
  console.log("ready"); setInterval(() => {}, 1000)`;

describe("runService", () => {
  let ecs: Ecs;
  let logs: Logs;
  let events: EventEmitter<{ event: [string] }>;
  let history: string[];

  const idOf = ({ taskArn }: Task): string => taskArn.slice(-4);

  function tell(event: string): void {
    history.push(event);
    events.emit("event", event);
  }

  /** Waits until as many events match. */
  async function told(pattern: RegExp, count = 1): Promise<string[]> {
    const matching = (): string[] => history.filter((event) => pattern.test(event));
    while (matching().length < count) {
      await once(events, "event");
    }
    return matching();
  }

  async function start(script: string): Promise<void> {
    ecs = await startEcs({
      region: "eu-west-1",
      accountId: "123456789012",
      clusters: ["app"],
      taskDefinitions: [{
        family: "web",
        revision: 1,
        taskDefinitionArn: "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
        containerDefinitions: [{ name: "web", entryPoint: [process.execPath, "-e"], command: [script], stopTimeout: 5 }],
      }],
      logs,
      secrets: { call: () => Promise.reject(new Error("no secrets here")) },
      directoryOf: () => __dirname,
      environmentOf: () => ({}),
      onLine: (task, _container, line) => tell(`${line} ${idOf(task)}`),
      onChange: (task) => tell(`${task.lastStatus} ${idOf(task)}`),
    });
  }

  const service = (args: Partial<ServiceArgs> = {}): ServiceArgs => ({
    name: "web",
    cluster: "app",
    taskDefinition: "web",
    desiredCount: 2,
    onStarted: (task) => tell(`onStarted ${idOf(task)}`),
    onStopping: (task) => tell(`onStopping ${idOf(task)}`),
    backOff: { firstMilliseconds: 1, mostMilliseconds: 4 },
    ...args,
  });

  beforeEach(async () => {
    events = new EventEmitter();
    history = [];
    logs = await startLogs({ groups: [] });
  });

  afterEach(async () => {
    const processes = ecs.tasks.flatMap(({ taskArn }) => ecs.pidsOf(taskArn));
    await Promise.all([ecs.stop(), logs.stop()]);
    assert.deepEqual(processes.map(recordOf).filter((record) => record !== undefined), []);
  });

  it("runs as many tasks as desired, in its group", async () => {
    await start(polite);
    const { tasks } = ecs.runService(service());
    await told(/^onStarted/, 2);
    assert.equal(tasks.length, 2);
    assert.deepEqual(tasks.map(({ group, startedBy }) => [group, startedBy]), Array(2).fill(["service:web", "ecs-svc/web"]));
  });

  it("refuses a task definition or a cluster that does not exist", async () => {
    await start(polite);
    assert.throws(() => ecs.runService(service({ taskDefinition: "other" })), { name: "ClientException" });
    assert.throws(() => ecs.runService(service({ cluster: "other" })), { name: "ClusterNotFoundException" });
  });

  it("replaces a task that dies", async () => {
    await start(polite);
    const running = ecs.runService(service());
    await told(/^ready/, 2);
    const [victim, other] = running.tasks;
    process.kill(ecs.pidsOf(victim!.taskArn)[0]!, "SIGKILL");
    await told(/^onStarted/, 3);
    assert.ok(history.includes(`onStopping ${idOf(victim!)}`));
    assert.equal(running.tasks.length, 2);
    assert.deepEqual([running.tasks.includes(victim!), running.tasks.includes(other!)], [false, true]);
  });

  it("replaces a task that StopTask stops, and tells so once", async () => {
    await start(polite);
    const running = ecs.runService(service({ desiredCount: 1 }));
    await told(/^ready/);
    const [{ taskArn }] = running.tasks as [Task];
    await ecs.call("AmazonEC2ContainerServiceV20141113.StopTask", { cluster: "app", task: taskArn }, "AKIATEST");
    await told(/^onStarted/, 2);
    assert.equal((await told(/^onStopping/)).length, 1);
  });

  it("drains before SIGTERM when it stops", async () => {
    await start(polite);
    let drained: (() => void) | undefined;
    const running = ecs.runService(service({
      desiredCount: 1,
      onStopping: (task) => {
        tell(`onStopping ${idOf(task)}`);
        return new Promise<void>((resolve) => {
          drained = resolve;
        });
      },
    }));
    await told(/^ready/);
    const stopped = running.stop();
    await told(/^onStopping/);
    assert.equal(running.tasks[0]?.lastStatus, "RUNNING");
    drained!();
    await stopped;
    const [task] = ecs.tasks as [Task];
    const order = history.map((event) => event.split(" ")[0]!);
    assert.deepEqual(order.slice(order.indexOf("onStopping")), ["onStopping", "STOPPING", "SIGTERM", "STOPPED"]);
    assert.equal(task.stopCode, "ServiceSchedulerInitiated");
    assert.deepEqual(running.tasks, []);
  });

  it("starts the new task before it drains the one to be replaced", async () => {
    await start(polite);
    const running = ecs.runService(service({ desiredCount: 1 }));
    await told(/^ready/);
    const [old] = running.tasks as [Task];
    await Promise.all([
      running.replace(old.taskArn, "Task failed ELB health checks"), running.replace(old.taskArn, "and again"),
    ]);
    const [fresh] = running.tasks as [Task];
    assert.notEqual(fresh.taskArn, old.taskArn);
    assert.equal(running.tasks.length, 1);
    assert.ok(history.indexOf(`onStarted ${idOf(fresh)}`) < history.indexOf(`onStopping ${idOf(old)}`));
    assert.deepEqual([old.lastStatus, old.stoppedReason], ["STOPPED", "Task failed ELB health checks"]);
    assert.equal(ecs.tasks.length, 2);
  });

  it("does not wait for a task to become ready that dies before", async () => {
    await start("console.log('ready'); setTimeout(() => {}, 50)");
    ecs.runService(service({ desiredCount: 1, onStarted: () => new Promise(() => undefined) }));
    await told(/^ready/, 2);
  });

  it("waits longer each time before it replaces a task that ends soon", async () => {
    await start("");
    const backOff = { firstMilliseconds: 40, mostMilliseconds: 80 };
    ecs.runService(service({ desiredCount: 1, backOff }));
    await told(/^PENDING/, 4);
    const { tasks } = ecs;
    const waits = tasks.slice(1).map(({ createdAt }, index) => (createdAt - tasks[index]!.stoppedAt!) * 1_000);
    [40, 80, 80].forEach((least, index) => {
      assert.ok(waits[index]! > least - 2, `wait ${index} was ${waits[index]} ms`);
    });
    assert.ok(waits[0]! < 80, `the first wait was ${waits[0]} ms`);
  });

  it("stops while it waits to replace a task", async () => {
    await start("");
    const backOff = { firstMilliseconds: 60_000, mostMilliseconds: 60_000 };
    const running = ecs.runService(service({ desiredCount: 1, backOff }));
    await told(/^STOPPED/);
    while (running.tasks.length > 0) {
      await new Promise(setImmediate);
    }
    await running.stop();
    await running.stop();
    assert.equal(ecs.tasks.length, 1);
  });

  it("deregisters only what was registered", async () => {
    await start(polite);
    const running = ecs.runService(service({ desiredCount: 1 }));
    await running.stop();
    const count = (hook: string): number => history.filter((event) => event.startsWith(hook)).length;
    assert.equal(count("onStopping"), count("onStarted"));
  });
});
