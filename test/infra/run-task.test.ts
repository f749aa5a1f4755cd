import * as assert from "node:assert/strict";

import type { RunTaskRequest } from "../../infra/one-off-task";
import { runTask } from "../../infra/run-task";
import { startAwsJson, AwsError, type AwsService } from "../../offline/stand-ins/aws-json";
import type { TaskDefinition } from "../../offline/stand-ins/ecs-shapes";
import { startAwsHere, type AwsHere } from "../aws-here";
import { Clock } from "../clock";

const accountId = "123456789012";
const arn = (path: string) => `arn:aws:ecs:eu-west-1:${accountId}:${path}`;
const target = (operation: string) => `AmazonEC2ContainerServiceV20141113.${operation}`;

/** A definition whose container runs a script; the family is its name. */
function program(family: string, script: string): TaskDefinition {
  return {
    taskDefinitionArn: arn(`task-definition/${family}:1`),
    family,
    revision: 1,
    networkMode: "awsvpc",
    containerDefinitions: [{
      name: "migration",
      entryPoint: [process.execPath, "-e"],
      command: [script],
      stopTimeout: 5,
      logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/app/migration", "awslogs-stream-prefix": "migration" } },
    }],
  };
}

const programs = [
  program("good", "console.log('schema is current')"),
  program("bad", "console.log('adds a column'); console.error('column is there'); process.exitCode = 3"),
  program("endless", "console.log('at work'); setInterval(() => {}, 1000)"),
  program("other", "setInterval(() => {}, 1000)"),
  { ...program("broken", ""), containerDefinitions: [{ name: "migration", entryPoint: ["/no/such/program"] }] },
];

function request(family: string, change: Partial<RunTaskRequest> = {}): RunTaskRequest {
  return {
    region: "eu-west-1",
    accountId,
    cluster: arn("cluster/app"),
    taskDefinition: arn(`task-definition/${family}:1`),
    subnets: ["subnet-1", "subnet-2"],
    securityGroups: ["sg-1"],
    logGroup: "/app/migration",
    container: "migration",
    startedBy: "app-migration",
    tags: { Project: "app", Environment: "dev" },
    timeoutSeconds: 900,
    ...change,
  };
}

describe("runTask", () => {
  const clock = new Clock();
  let aws: AwsHere;
  let reported: string[];

  const run = (family: string, change: Partial<RunTaskRequest> = {}) =>
    runTask(request(family, change), (line) => reported.push(line));
  const operations = (service: AwsService = aws.ecs) => service.calls.map(({ operation }) => operation.split(".").at(-1));
  const taskIds = () => aws.ecs.tasks.map(({ taskArn }) => taskArn.split("/").at(-1));

  beforeEach(async () => {
    reported = [];
    aws = await startAwsHere({ accountId, cluster: "app", taskDefinitions: programs, logGroups: ["/app/migration"] });
  });

  afterEach(() => aws.stop());

  it("resolves when the container has ended with 0", async () => {
    await run("good");
    assert.equal(aws.ecs.tasks[0]?.containers[0]?.exitCode, 0);
  });

  it("runs another command of the container where one is asked for, as a rotation by hand does", async () => {
    await run("bad", { command: ["process.exitCode = 0"] });
    // Without its arguments, a rotation of a client's key would be one of the database's password.
    await run("bad", { command: ["process.exitCode = process.argv.slice(1).join() === 'api-key,shop' ? 0 : 1", "api-key", "shop"] });
    assert.equal(aws.ecs.tasks[0]?.containers[0]?.exitCode, 0);
  });

  it("reports what it waits for, so that nobody looks at a silent `pulumi up`", async () => {
    await run("good");
    const [id] = taskIds();
    assert.equal(reported[0], "starts a task");
    assert.deepEqual(reported.slice(-2), [`task ${id} is STOPPED`, `task ${id} is done`]);
  });

  it("asks ECS for one private Fargate task, tagged and marked", async () => {
    await run("good");
    const inputs = aws.ecs.calls.filter(({ operation }) => operation.endsWith(".RunTask")).map(({ input }) => input);
    assert.equal(inputs.length, 1);
    const { clientToken, ...input } = inputs[0] ?? {};
    assert.match(String(clientToken), /^[0-9a-f-]{36}$/);
    assert.deepEqual(input, {
      cluster: arn("cluster/app"),
      taskDefinition: arn("task-definition/good:1"),
      launchType: "FARGATE",
      startedBy: "app-migration",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], assignPublicIp: "DISABLED" },
      },
      enableECSManagedTags: true,
      tags: [{ key: "Project", value: "app" }, { key: "Environment", value: "dev" }],
    });
  });

  it("fails with the exit code and the last lines of the task, because they say what to mend", async () => {
    await assert.rejects(run("bad"), (error: Error) => {
      const [id] = taskIds();
      const [reason, ...log] = error.message.split("\n");
      assert.equal(reason, `task ${id} ended with exit code 3 (Essential container in task exited)`);
      assert.deepEqual(log.toSorted(), [
        "  adds a column", "  column is there", `last lines of /app/migration, stream migration/migration/${id}:`,
      ]);
      return true;
    });
  });

  it("does not start a failed task again, because a migration that fails may have done half of its work", async () => {
    await assert.rejects(run("bad"));
    assert.equal(operations().filter((operation) => operation === "RunTask").length, 1);
  });

  it("refuses credentials of another account before it asks ECS for anything", async () => {
    await assert.rejects(run("good", { accountId: "210987654321" }), {
      message: "the AWS credentials are of account 123456789012, but the stack belongs to 210987654321: log in to that account",
    });
    assert.deepEqual(operations(), []);
  });

  it("fails when ECS does not know the task definition, and says so", async () => {
    await assert.rejects(run("unknown"), { message: "ClientException: TaskDefinition not found." });
  });

  describe("while a task of an interrupted `pulumi up` is still at work", () => {
    beforeEach(() => clock.start());
    afterEach(() => clock.stop());

    const start = (family: string, startedBy = "app-migration") => aws.ecs.call(target("RunTask"), {
      cluster: "app", taskDefinition: family, startedBy, networkConfiguration: {},
    }, "AKIAEARLIER");

    it("joins it, because two migrations at once would only wait for each other", async () => {
      await start("endless");
      const joined = run("endless", { timeoutSeconds: 60 });
      joined.catch(() => {});
      while (reported.length < 2) {
        await new Promise(setImmediate);
      }
      const [id] = taskIds();
      assert.deepEqual(reported, [`joins task ${id}, which is still running`, `task ${id} is RUNNING`]);
      assert.equal(aws.ecs.tasks.length, 1);
      process.kill(aws.ecs.pidsOf(aws.ecs.tasks[0]!.taskArn)[0]!, "SIGTERM");
      await assert.rejects(joined, /ended with exit code 143/);
    });

    it("starts one of its own when that is of another definition", async () => {
      await start("other");
      await run("good");
      assert.equal(aws.ecs.tasks.length, 2);
    });

    it("starts one of its own when that was started for another purpose", async () => {
      await start("good", "somebody");
      await run("good");
      assert.equal(aws.ecs.tasks.length, 2);
    });
  });

  describe("with time that flies", () => {
    beforeEach(() => clock.start());
    afterEach(() => clock.stop());

    it("stops a task that takes longer than its limit, and fails", async () => {
      await assert.rejects(run("endless", { timeoutSeconds: 900 }), (error: Error) => {
        const [id] = taskIds();
        assert.deepEqual(error.message.split("\n"), [
          `task ${id} was stopped after its time limit of 900 s`,
          `last lines of /app/migration, stream migration/migration/${id}:`,
          "  at work",
        ]);
        return true;
      });
      assert.equal(aws.ecs.tasks[0]?.stoppedReason, "ran longer than its time limit");
    });

    it("looks at it every five seconds in the long run: not so often that AWS minds, and soon after it has ended", async () => {
      await assert.rejects(run("endless", { timeoutSeconds: 900 }));
      const looks = operations().filter((operation) => operation === "DescribeTasks").length;
      assert.ok(looks >= 180 && looks <= 190, `${looks} looks in 900 seconds`);
    });

    it("says why a container did not start", async () => {
      await assert.rejects(run("broken"), (error: Error) => {
        assert.match(error.message, /^task [0-9a-f]+ did not start: .*ENOENT/);
        return true;
      });
    });
  });
});

describe("runTask in the first minutes of a new account", () => {
  const clock = new Clock();
  const taskArn = arn("task/app/0123");
  const done = { taskArn, lastStatus: "STOPPED", containers: [{ name: "migration", exitCode: 0 }] };
  let aws: AwsHere;
  let ecs: AwsService | undefined;
  let reported: string[];

  /** An ECS that answers RunTask and DescribeTasks like this, the last answer again and again. */
  async function answer(runs: (() => object)[], descriptions: (object | (() => object))[] = [done]): Promise<void> {
    const next = <T>(answers: T[]) => (answers.length > 1 ? answers.shift() : answers[0]) as T;
    ecs = await startAwsJson({
      [target("ListTasks")]: () => ({ taskArns: [] }),
      [target("RunTask")]: () => next(runs)(),
      [target("DescribeTasks")]: () => {
        const description = next(descriptions);
        return { tasks: [typeof description === "function" ? description() as object : description] };
      },
      [target("StopTask")]: () => ({}),
    });
    process.env["AWS_ENDPOINT_URL_ECS"] = ecs.url;
  }

  const started = () => ({ tasks: [{ taskArn }] });
  const refused = (name: string, message: string) => () => {
    throw new AwsError(name, message);
  };
  const run = () => runTask(request("good"), (line) => reported.push(line));
  const runs = () => ecs?.calls.filter(({ operation }) => operation === target("RunTask")) ?? [];

  beforeEach(async () => {
    reported = [];
    aws = await startAwsHere({ accountId, cluster: "app", taskDefinitions: [], logGroups: ["/app/migration"] });
    clock.start();
  });

  afterEach(async () => {
    clock.stop();
    await ecs?.stop();
    await aws.stop();
  });

  const refusals: [title: string, answer: () => object][] = [
    ["cannot assume a role that is seconds old", refused("ClientException",
      "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/app' that was provided for this task.")],
    ["has no service-linked role yet", refused("InvalidParameterException",
      "Unable to assume the service linked role. Please verify that the ECS service linked role exists.")],
    ["makes its own role", refused("InvalidParameterException", "The ECS service-linked role does not exist yet.")],
    ["does not know the caller's rights yet", refused("AccessDeniedException",
      "User is not authorized to perform: ecs:RunTask")],
  ];
  for (const [title, refusal] of refusals) {
    it(`tries again when ECS ${title}`, async () => {
      await answer([refusal, refusal, started]);
      await run();
      assert.equal(runs().length, 3);
    });
  }

  for (const why of ["unable to pull secrets or registry auth: AccessDeniedException", "failed to validate logger args"]) {
    it(`tries again when the task could not be prepared with a role that is seconds old: ${why}`, async () => {
      const stoppedReason = `ResourceInitializationError: ${why}`;
      await answer([started], [{ taskArn, lastStatus: "STOPPED", stoppedReason, containers: [{ name: "migration" }] }, done]);
      await run();
      assert.equal(runs().length, 2);
    });
  }

  it("does not try again when the container has run, whatever it says, because half of its work may be done", async () => {
    const stoppedReason = "Essential container in task exited: AccessDeniedException";
    await answer([started], [{ taskArn, lastStatus: "STOPPED", stoppedReason, containers: [{ name: "migration", exitCode: 1 }] }]);
    await assert.rejects(run(), /^Error: task 0123 ended with exit code 1/);
    assert.equal(runs().length, 1);
  });

  it("does not start another one when ECS lets nobody look at the first, which may be at work", async () => {
    await answer([started], [refused("AccessDeniedException", "User is not authorized to perform: ecs:DescribeTasks")]);
    await assert.rejects(run(), /^Error: AccessDeniedException: .*ecs:DescribeTasks/);
    assert.equal(runs().length, 1);
  });

  it("judges by its own container, because an agent of GuardDuty's may be in the task as well", async () => {
    const ended = (agent: number, migration: number) => ({
      taskArn, lastStatus: "STOPPED",
      containers: [{ name: "aws-guardduty-agent", exitCode: agent }, { name: "migration", exitCode: migration }],
    });
    await answer([started], [ended(137, 0)]);
    await run();
    await ecs?.stop();
    await answer([started], [ended(0, 1)]);
    await assert.rejects(run(), /^Error: task 0123 ended with exit code 1/);
  });

  it("stops a task that never begins as well, once its time is over", async () => {
    await answer([started], [{ taskArn, lastStatus: "PENDING" }]);
    await assert.rejects(run(), /^Error: task 0123 was stopped after its time limit of 900 s/);
    assert.equal(ecs?.calls.filter(({ operation }) => operation === target("StopTask")).length, 1);
  });

  it("tells why it tries again", async () => {
    await answer([refused("ClientException", "ECS was unable to assume the role"), started]);
    await run();
    assert.ok(reported.includes(
      "ClientException: ECS was unable to assume the role; trying again, since rights may need a moment to take effect"));
  });

  it("takes another token for another try, because ECS keeps a token's first answer", async () => {
    await answer([refused("ClientException", "ECS was unable to assume the role"), started]);
    await run();
    const tokens = runs().map(({ input }) => input["clientToken"]);
    assert.equal(new Set(tokens).size, 2);
  });

  it("gives up after three minutes with ECS's own words", async () => {
    await answer([refused("ClientException", "ECS was unable to assume the role")]);
    const before = clock.sleptMilliseconds;
    await assert.rejects(run(), { message: "ClientException: ECS was unable to assume the role" });
    const seconds = (clock.sleptMilliseconds - before) / 1_000;
    assert.ok(seconds >= 180 && seconds < 200, `gave up after ${seconds} s`);
  });

  it("does not try again when the image cannot be pulled, because that does not mend itself", async () => {
    const stoppedReason = "CannotPullContainerError: image manifest does not match the platform";
    await answer([started], [{ taskArn, lastStatus: "STOPPED", stoppedReason, containers: [{ name: "migration" }] }]);
    await assert.rejects(run(), /^Error: task 0123 did not start: CannotPullContainerError: image manifest/);
    assert.equal(runs().length, 1);
  });

  it("fails with ECS's reason when there is no capacity for the task", async () => {
    const failure = { reason: "RESOURCE:FARGATE", detail: "Capacity is unavailable at this time" };
    await answer([() => ({ tasks: [], failures: [failure] })]);
    await assert.rejects(run(), { message: "ECS started no task: Capacity is unavailable at this time" });
  });
});
