import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { ECS, type RunTaskCommandInput, type Task } from "@aws-sdk/client-ecs";

import { startEcs, type Ecs, type EcsArgs } from "../../../offline/stand-ins/ecs";
import type { ContainerDefinition, TaskDefinition } from "../../../offline/stand-ins/ecs-shapes";
import { startLogs, type Logs } from "../../../offline/stand-ins/logs";
import { recordOf } from "../../../offline/stand-ins/processes";
import { startSecrets, type Secrets } from "../../../offline/stand-ins/secrets";
import { clientOf } from "./clients";
import { newFolder, removeFolders } from "./folders";

const region = "eu-west-1";
const accountId = "123456789012";
const secretArn = `arn:aws:secretsmanager:${region}:${accountId}:secret:app/key-AbCdEf`;
const emptyArn = `arn:aws:secretsmanager:${region}:${accountId}:secret:app/empty-AbCdEf`;
const parameterArn = (name: string): string => `arn:aws:ssm:${region}:${accountId}:parameter${name}`;
const idle = "console.log('ready'); setInterval(() => {}, 1000)";

function program(family: string, script: string, container: Partial<ContainerDefinition> = {}): TaskDefinition {
  return {
    family,
    revision: 1,
    taskDefinitionArn: `arn:aws:ecs:${region}:${accountId}:task-definition/${family}:1`,
    containerDefinitions: [{
      name: "main",
      entryPoint: [process.execPath, "-e"],
      command: [script],
      stopTimeout: 5,
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/app", "awslogs-stream-prefix": family } },
      ...container,
    }],
  };
}

describe("startEcs", () => {
  let ecs: Ecs;
  let logs: Logs;
  let secrets: Secrets;
  let client: ECS;
  let lines: string[];
  let events: EventEmitter;

  async function start(taskDefinitions: TaskDefinition[], args: Partial<EcsArgs> = {}): Promise<void> {
    ecs = await startEcs({
      region,
      accountId,
      clusters: ["app"],
      taskDefinitions,
      logs,
      secrets,
      directoryOf: () => __dirname,
      environmentOf: () => ({}),
      onLine: (_task, _container, line) => {
        lines.push(line);
        events.emit("line");
      },
      onChange: ({ taskArn, lastStatus }) => events.emit("change", taskArn, lastStatus),
      ...args,
    });
    client = new ECS(clientOf(ecs.url));
  }

  async function run(taskDefinition: string, input: Partial<RunTaskCommandInput> = {}): Promise<Task> {
    const { tasks } = await client.runTask({ cluster: "app", taskDefinition, ...input });
    return tasks![0]!;
  }

  async function lineOf(text: string): Promise<void> {
    while (!lines.includes(text)) {
      await once(events, "line");
    }
  }

  async function describeTask(task: Task): Promise<Task> {
    const { tasks } = await client.describeTasks({ cluster: "app", tasks: [task.taskArn!] });
    return tasks![0]!;
  }

  async function stoppedTask(task: Task): Promise<Task> {
    while (ecs.tasks.find(({ taskArn }) => taskArn === task.taskArn)?.lastStatus !== "STOPPED") {
      await once(events, "change");
    }
    return describeTask(task);
  }

  async function messagesOf(task: Task): Promise<(string | undefined)[]> {
    const id = task.taskArn!.split("/").at(-1);
    const { events } = await logs.call<{ events: { message: string }[] }>("Logs_20140328.GetLogEvents", {
      logGroupName: "/app", logStreamName: `${task.group!.replace("family:", "")}/main/${id}`, startFromHead: true,
    }, "AKIATEST");
    return events.map(({ message }) => message);
  }

  beforeEach(async () => {
    lines = [];
    events = new EventEmitter();
    logs = await startLogs({ groups: ["/app"] });
    secrets = await startSecrets({
      secrets: [
        { name: "app/key", arn: secretArn, value: JSON.stringify({ username: "user", port: 5432 }) },
        { name: "app/empty", arn: emptyArn },
      ],
      parameters: Array.from({ length: 12 }, (_, index) => ({
        name: `/app/${index}`, arn: parameterArn(`/app/${index}`), value: `value ${index}`, type: "String",
      })),
    });
  });

  afterEach(async () => {
    client?.destroy();
    const processes = ecs.tasks.flatMap(({ taskArn }) => ecs.pidsOf(taskArn));
    await ecs.stop();
    await ecs.stop();
    assert.deepEqual(processes.map(recordOf).filter((record) => record !== undefined), []);
    await Promise.all([logs.stop(), secrets.stop()]);
    removeFolders();
  });

  it("runs a task to its end, and shows its exit code and its log", async () => {
    await start([program("once", "console.log('out'); console.error('err'); process.exitCode = 3")]);
    const task = await run("once");
    assert.match(task.taskArn!, new RegExp(`^arn:aws:ecs:${region}:${accountId}:task/app/[0-9a-f]{32}$`));
    assert.deepEqual([task.lastStatus, task.desiredStatus, task.group], ["PENDING", "RUNNING", "family:once"]);
    const stopped = await stoppedTask(task);
    assert.deepEqual({
      lastStatus: stopped.lastStatus,
      desiredStatus: stopped.desiredStatus,
      stopCode: stopped.stopCode,
      stoppedReason: stopped.stoppedReason,
      containers: stopped.containers?.map(({ name, lastStatus, exitCode }) => ({ name, lastStatus, exitCode })),
    }, {
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ name: "main", lastStatus: "STOPPED", exitCode: 3 }],
    });
    const times = [stopped.createdAt, stopped.startedAt, stopped.stoppingAt, stopped.stoppedAt];
    assert.ok(times.every((time) => time instanceof Date && Math.abs(time.getTime() - Date.now()) < 60_000));
    assert.deepEqual((await messagesOf(task)).sort(), ["err", "out"]);
  });

  it("gives a process what its definition and this computer say, and nothing of its own environment", async () => {
    process.env["OF_THE_LAUNCHER"] = "leaked";
    const script = "console.log(JSON.stringify([process.env, process.cwd()]))";
    await start([program("environment", script, {
      environment: [{ name: "A", value: "definition" }, { name: "B", value: "definition" }, { name: "C", value: "definition" }],
    })], { environmentOf: () => ({ C: "computer", D: "computer" }) });
    const environment = [{ name: "B", value: "override" }, { name: "C", value: "override" }];
    const task = await run("environment", { overrides: { containerOverrides: [{ name: "main", environment }] } });
    await stoppedTask(task);
    delete process.env["OF_THE_LAUNCHER"];
    assert.deepEqual(JSON.parse((await messagesOf(task))[0]!), [
      { A: "definition", B: "override", C: "computer", D: "computer" }, __dirname,
    ]);
  });

  it("reads secrets with the access key of the task, ten parameters at a time", async () => {
    const script = "console.log(JSON.stringify(process.env))";
    await start([program("secrets", script, {
      secrets: [
        ...Array.from({ length: 12 }, (_, index) => ({ name: `P${index}`, valueFrom: parameterArn(`/app/${index}`) })),
        { name: "BY_NAME", valueFrom: "/app/0" },
        { name: "WHOLE", valueFrom: secretArn },
        { name: "USERNAME", valueFrom: `${secretArn}:username::` },
        { name: "PORT", valueFrom: `${secretArn}:port:AWSCURRENT:` },
      ],
    })], { environmentOf: () => ({ AWS_ACCESS_KEY_ID: "AKIATASK" }) });
    const task = await run("secrets");
    await stoppedTask(task);
    const environment = JSON.parse((await messagesOf(task))[0]!) as Record<string, string>;
    assert.equal(environment["P11"], "value 11");
    assert.equal(environment["BY_NAME"], "value 0");
    assert.deepEqual(JSON.parse(environment["WHOLE"]!), { username: "user", port: 5432 });
    assert.deepEqual([environment["USERNAME"], environment["PORT"]], ["user", "5432"]);
    assert.deepEqual(secrets.calls.map(({ caller, operation }) => `${caller} ${operation}`), [
      ...Array<string>(2).fill("AKIATASK AmazonSSM.GetParameters"),
      ...Array<string>(3).fill("AKIATASK secretsmanager.GetSecretValue"),
    ]);
  });

  for (const [what, valueFrom, reason] of [
    ["a parameter", parameterArn("/app/missing"), /unable to retrieve secrets from ssm: invalid ssm parameters: \/app\/missing$/],
    ["a secret without a value", emptyArn, /failed to fetch secret .*app\/empty-AbCdEf .*staging label: AWSCURRENT$/],
    ["a key of a secret", `${secretArn}:password::`, /did not contain json key password$/],
  ] as const) {
    it(`does not start a task when ${what} is missing`, async () => {
      await start([program("missing", idle, { secrets: [{ name: "A", valueFrom }] })]);
      const stopped = await stoppedTask(await run("missing"));
      assert.equal(stopped.stopCode, "TaskFailedToStart");
      assert.match(stopped.stoppedReason!, /^ResourceInitializationError: unable to pull secrets or registry auth: /);
      assert.match(stopped.stoppedReason!, reason);
      assert.equal(stopped.containers?.[0]?.exitCode, undefined);
      assert.equal(stopped.startedAt, undefined);
    });
  }

  it("does not start a task whose log group is missing, unless the driver may make it", async () => {
    const options = { "awslogs-group": "/other", "awslogs-stream-prefix": "a" };
    const create = { ...options, "awslogs-create-group": "true" };
    await start([
      program("without-group", idle, { logConfiguration: { logDriver: "awslogs", options } }),
      program("with-group", "", { logConfiguration: { logDriver: "awslogs", options: create } }),
    ]);
    const stopped = await stoppedTask(await run("without-group"));
    assert.match(stopped.stoppedReason!, /^ResourceInitializationError: .*The specified log group does not exist/);
    assert.equal((await stoppedTask(await run("with-group"))).containers?.[0]?.exitCode, 0);
  });

  it("does not start a task whose program or folder is missing", async () => {
    await start([program("no-program", "", { entryPoint: ["/nowhere/program"] })]);
    const noProgram = await stoppedTask(await run("no-program"));
    assert.deepEqual([noProgram.stopCode, noProgram.stoppedReason, noProgram.containers?.[0]?.reason],
      ["TaskFailedToStart", "Task failed to start", "CannotStartContainerError: spawn /nowhere/program ENOENT"]);
    await ecs.stop();
    await start([program("no-folder", "")], { directoryOf: () => "/nowhere" });
    const noFolder = await stoppedTask(await run("no-folder"));
    assert.equal(noFolder.containers?.[0]?.reason, "CannotStartContainerError: the folder /nowhere is not there");
  });

  it("stops a task with SIGTERM", async () => {
    const script = `process.on("SIGTERM", () => { console.log("goodbye"); process.exit(0); }); ${idle}`;
    await start([program("polite", script)]);
    const task = await run("polite");
    await lineOf("ready");
    const { task: stopping } = await client.stopTask({ cluster: "app", task: task.taskArn, reason: "no longer needed" });
    assert.deepEqual([stopping?.lastStatus, stopping?.desiredStatus], ["STOPPING", "STOPPED"]);
    const stopped = await stoppedTask(task);
    assert.deepEqual([stopped.stopCode, stopped.stoppedReason, stopped.containers?.[0]?.exitCode],
      ["UserInitiated", "no longer needed", 0]);
    assert.ok(lines.includes("goodbye"));
  });

  it("shows the signal that ended a process, as a container does", async () => {
    await start([program("rude", idle)]);
    const task = await run("rude");
    await lineOf("ready");
    await client.stopTask({ cluster: "app", task: task.taskArn });
    assert.equal((await stoppedTask(task)).containers?.[0]?.exitCode, 143);
  });

  it("kills everything in a container that does not stop in time", async () => {
    const script = `process.on("SIGTERM", () => {});
      const { pid } = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(idle)}]);
      console.log(pid); ${idle}`;
    await start([program("stubborn", script, { stopTimeout: 1 })]);
    const task = await run("stubborn");
    await lineOf("ready");
    const child = Number(lines[0]);
    assert.notEqual(recordOf(child), undefined);
    await client.stopTask({ cluster: "app", task: task.taskArn });
    assert.equal((await stoppedTask(task)).containers?.[0]?.exitCode, 137);
    while (recordOf(child) !== undefined) {
      await new Promise(setImmediate);
    }
  });

  it("ends everything in a container with its first process", async () => {
    const script = `
      const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(idle)}]);
      child.stdout.once("data", () => { console.log(child.pid); process.exit(0); });`;
    await start([program("parent", script)]);
    await stoppedTask(await run("parent"));
    while (recordOf(Number(lines[0])) !== undefined) {
      await new Promise(setImmediate);
    }
  });

  it("notices the death of a process", async () => {
    await start([program("mortal", idle)]);
    const task = await run("mortal");
    await lineOf("ready");
    assert.equal((await describeTask(task)).lastStatus, "RUNNING");
    process.kill(ecs.pidsOf(task.taskArn!)[0]!, "SIGKILL");
    const stopped = await stoppedTask(task);
    assert.deepEqual([stopped.stopCode, stopped.containers?.[0]?.exitCode], ["EssentialContainerExited", 137]);
  });

  it("stops the other containers of a task when an essential one ends", async () => {
    const main = program("two", "setTimeout(() => {}, 200)").containerDefinitions[0]!;
    const beside = program("two", idle, { name: "beside", essential: false }).containerDefinitions[0]!;
    await start([{ ...program("two", ""), containerDefinitions: [main, beside] }]);
    const stopped = await stoppedTask(await run("two"));
    assert.deepEqual(stopped.containers?.map(({ name, exitCode }) => [name, exitCode]), [["main", 0], ["beside", 143]]);
  });

  it("starts nothing for a task that is stopped before it has started", async () => {
    const call = async <Output>(...args: Parameters<Secrets["call"]>): Promise<Output> => {
      await once(events, "read on");
      return secrets.call<Output>(...args);
    };
    const early = program("early", "console.log('started')", { secrets: [{ name: "A", valueFrom: parameterArn("/app/0") }] });
    await start([early], { secrets: { call } });
    const task = await run("early");
    await client.stopTask({ cluster: "app", task: task.taskArn });
    events.emit("read on");
    const stopped = await stoppedTask(task);
    assert.deepEqual([stopped.stopCode, stopped.startedAt, ecs.pidsOf(task.taskArn!), lines], ["UserInitiated", undefined, [], []]);
  });

  it("knows task definitions by family, revision and ARN, the latest if none is said", async () => {
    const first = program("family", "console.log('first')");
    const second = { ...program("family", "console.log('second')"), revision: 2, taskDefinitionArn: `${first.taskDefinitionArn.slice(0, -1)}2` };
    await start([second, first]);
    for (const [name, arn] of [
      ["family", second.taskDefinitionArn], ["family:1", first.taskDefinitionArn],
      [first.taskDefinitionArn, first.taskDefinitionArn],
    ] as const) {
      assert.equal((await run(name)).taskDefinitionArn, arn);
    }
  });

  it("refuses to run what does not exist or is not complete", async () => {
    await start([{ ...program("awsvpc", idle), networkMode: "awsvpc" }, program("plain", idle)]);
    await assert.rejects(run("nothing"), { name: "ClientException", message: "TaskDefinition not found." });
    await assert.rejects(run("plain", { cluster: "other" }), { name: "ClusterNotFoundException" });
    await assert.rejects(run("plain", { cluster: undefined }), { name: "ClusterNotFoundException" });
    await assert.rejects(run("plain", { count: 11 }), { name: "InvalidParameterException" });
    await assert.rejects(run("awsvpc"), { name: "InvalidParameterException", message: /Network Configuration must be provided/ });
    await assert.rejects(run("plain", { overrides: { containerOverrides: [{ name: "other" }] } }), {
      name: "InvalidParameterException", message: /container named other is not a container/,
    });
    assert.equal(ecs.tasks.length, 0);
  });

  it("takes the same token with the same request as one request", async () => {
    await start([program("idle", idle)]);
    const clientToken = "the-token";
    const task = await run("idle", { clientToken });
    assert.equal((await run("idle", { clientToken })).taskArn, task.taskArn);
    await assert.rejects(run("idle", { clientToken, startedBy: "somebody" }), {
      name: "ConflictException", resourceIds: [task.taskArn],
    });
    assert.equal(ecs.tasks.length, 1);
    assert.notEqual((await run("idle")).taskArn, task.taskArn);
  });

  it("says which tasks it does not know", async () => {
    await start([program("idle", idle)]);
    const task = await run("idle");
    const unknown = "0".repeat(32);
    const { tasks, failures } = await client.describeTasks({ cluster: "app", tasks: [task.taskArn!.split("/").at(-1)!, unknown] });
    assert.deepEqual(tasks?.map(({ taskArn }) => taskArn), [task.taskArn]);
    assert.deepEqual(failures, [{ arn: `arn:aws:ecs:${region}:${accountId}:task/app/${unknown}`, reason: "MISSING" }]);
    await assert.rejects(client.describeTasks({ cluster: "app", tasks: [] }), { name: "InvalidParameterException" });
    await assert.rejects(client.describeTasks({ cluster: "other", tasks: [unknown] }), { name: "ClusterNotFoundException" });
    await assert.rejects(client.stopTask({ cluster: "app", task: unknown }), {
      name: "InvalidParameterException", message: "The referenced task was not found.",
    });
  });

  it("lists tasks by what they are and what they shall be", async () => {
    await start([program("idle", idle), program("other", idle)]);
    const [one, two, other] = [await run("idle"), await run("idle", { startedBy: "me" }), await run("other")];
    const list = async (input: object): Promise<string[] | undefined> => (
      (await client.listTasks({ cluster: "app", ...input })).taskArns
    );
    assert.deepEqual(await list({}), [one.taskArn, two.taskArn, other.taskArn]);
    assert.deepEqual(await list({ family: "idle" }), [one.taskArn, two.taskArn]);
    assert.deepEqual(await list({ startedBy: "me" }), [two.taskArn]);
    await client.stopTask({ cluster: "app", task: one.taskArn });
    await stoppedTask(one);
    assert.deepEqual(await list({ family: "idle" }), [two.taskArn]);
    assert.deepEqual(await list({ family: "idle", desiredStatus: "STOPPED" }), [one.taskArn]);
    await assert.rejects(list({ family: "idle", startedBy: "me" }), { name: "InvalidParameterException" });
    await assert.rejects(list({ cluster: "other" }), { name: "ClusterNotFoundException" });
  });

  it("tells each change of a task", async () => {
    const changes: unknown[] = [];
    events.on("change", (_taskArn, lastStatus) => changes.push(lastStatus));
    await start([program("once", "")]);
    await stoppedTask(await run("once"));
    assert.deepEqual(changes, ["PENDING", "RUNNING", "STOPPING", "STOPPED"]);
  });

  it("names the running processes in a file, for a start after a kill", async () => {
    const processFile = path.join(newFolder(), "processes.json");
    await start([program("idle", idle)], { processFile });
    const task = await run("idle");
    await lineOf("ready");
    const pids = (JSON.parse(fs.readFileSync(processFile, "utf8")) as { pid: number }[]).map(({ pid }) => pid);
    assert.deepEqual(pids, ecs.pidsOf(task.taskArn!));
    await ecs.stop();
    assert.ok(!fs.existsSync(processFile));
  });
});
